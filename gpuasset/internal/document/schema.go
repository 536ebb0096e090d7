package document

import (
	"encoding/json"
	"reflect"
)

// Format describes a type that is written as a text.
type Format struct {
	Pattern     string
	Description string
}

// Schema returns the JSON Schema (draft 2020-12) of a struct type, indented, with a line break at the end. Types that are
// written as text need a Format.
func Schema(root reflect.Type, title string, formats map[reflect.Type]Format) ([]byte, error) {
	s := schema{formats, map[string]any{}}
	top := s.of(root)
	out := map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   title,
		"$ref":    top["$ref"],
		"$defs":   s.defs,
	}
	text, err := json.MarshalIndent(out, "", "  ")
	return append(text, '\n'), err
}

type schema struct {
	formats map[reflect.Type]Format
	defs    map[string]any
}

func (s schema) of(t reflect.Type) map[string]any {
	if t.Kind() == reflect.Pointer {
		return s.of(t.Elem())
	}
	if format, ok := s.formats[t]; ok {
		s.defs[t.Name()] = map[string]any{"type": "string", "pattern": format.Pattern, "description": format.Description}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	}
	switch t.Kind() {
	case reflect.String:
		if values := valuesOf(t); values != nil {
			s.defs[t.Name()] = map[string]any{"type": "string", "enum": values}
			return map[string]any{"$ref": "#/$defs/" + t.Name()}
		}
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Struct:
		if _, done := s.defs[t.Name()]; !done {
			s.defs[t.Name()] = nil // a type that contains itself refers to its entry
			s.defs[t.Name()] = s.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	}
	panic("document: type without a JSON form: " + t.String()) // a mistake in a struct, which its first test shows
}

func (s schema) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range fieldsOf(t) {
		property := s.of(t.Field(f.index).Type)
		f.describe(property, t.Field(f.index).Type)
		properties[f.name] = property
		if f.required {
			required = append(required, f.name)
		}
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
}

// describe adds the bounds to a property. Those of numbers written as text cannot be said in a schema other than in words.
func (f field) describe(property map[string]any, t reflect.Type) {
	words := ""
	for _, bound := range []struct{ name, limit string }{{"min", f.min}, {"max", f.max}} {
		switch {
		case bound.limit == "":
		case t.Kind() == reflect.Slice:
			property[bound.name+"Items"] = whole(bound.limit)
		case property["type"] == "string":
			property[bound.name+"Length"] = whole(bound.limit)
		case property["type"] == "integer":
			property[bound.name+"imum"] = whole(bound.limit)
		default:
			words += ", " + bound.name + "imum " + bound.limit
		}
	}
	if f.nonzero {
		words += ", not zero or empty"
	}
	if words != "" {
		property["description"] = words[2:]
	}
}
