package document

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Causes of an [Error].
var (
	ErrSyntax  = errors.New("not valid JSON")
	ErrType    = errors.New("wrong type")
	ErrUnknown = errors.New("unknown field")
	ErrTwice   = errors.New("field given twice")
	ErrMissing = errors.New("required field is missing")
	ErrValue   = errors.New("value not allowed")
)

// Error says where in a document what is wrong.
type Error struct {
	Path string // "deals[0].principal"; empty for the whole
	Err  error
}

func (e *Error) Error() string {
	if e.Path == "" {
		return e.Err.Error()
	}
	return e.Path + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Decode reads one JSON value into a pointer to a struct. Errors are [*Error]. It nests no deeper than the struct does, and
// takes time and memory in proportion to the text.
func Decode(data []byte, into any) error {
	r := reader{json.NewDecoder(bytes.NewReader(data))}
	r.json.UseNumber()
	if err := r.value(reflect.ValueOf(into).Elem(), ""); err != nil {
		return err
	}
	if _, err := r.json.Token(); !errors.Is(err, io.EOF) {
		return &Error{Err: fmt.Errorf("%w: something follows the document", ErrSyntax)}
	}
	return nil
}

type reader struct {
	json *json.Decoder
}

func (r *reader) token(path string) (json.Token, error) {
	token, err := r.json.Token()
	if err != nil {
		return nil, &Error{path, fmt.Errorf("%w at byte %d: %v", ErrSyntax, r.json.InputOffset(), err)}
	}
	return token, nil
}

func wrong(path, want string, got json.Token) error {
	var name string
	switch got := got.(type) {
	case json.Delim:
		name = map[json.Delim]string{'{': "an object", '[': "a list"}[got]
	case json.Number:
		name = "a number"
	case string:
		name = "a text"
	case bool:
		name = "true or false"
	default:
		name = "null"
	}
	return &Error{path, fmt.Errorf("%w: want %s, got %s", ErrType, want, name)}
}

func (r *reader) value(v reflect.Value, path string) error {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		return r.value(v.Elem(), path)
	}
	token, err := r.token(path)
	if err != nil {
		return err
	}
	if text, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		s, ok := token.(string)
		if !ok {
			return wrong(path, "a text in quotes", token)
		}
		if err := text.UnmarshalText([]byte(s)); err != nil {
			return &Error{path, fmt.Errorf("%w: %w", ErrValue, err)}
		}
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		s, ok := token.(string)
		if !ok {
			return wrong(path, "a text", token)
		}
		v.SetString(s)
	case reflect.Bool:
		b, ok := token.(bool)
		if !ok {
			return wrong(path, "true or false", token)
		}
		v.SetBool(b)
	case reflect.Int:
		number, ok := token.(json.Number)
		if !ok {
			return wrong(path, "a whole number", token)
		}
		n, err := strconv.ParseInt(number.String(), 10, 64)
		if err != nil {
			return &Error{path, fmt.Errorf("%w: %.40q is not a whole number of 64 bits", ErrValue, number.String())}
		}
		v.SetInt(n)
	case reflect.Slice:
		if token != json.Delim('[') {
			return wrong(path, "a list", token)
		}
		return r.list(v, path)
	case reflect.Struct:
		if token != json.Delim('{') {
			return wrong(path, "an object", token)
		}
		return r.object(v, path)
	default:
		panic("document: type without a JSON form: " + v.Type().String()) // a mistake in a struct, which its first test shows
	}
	return nil
}

func (r *reader) list(v reflect.Value, path string) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for i := 0; r.json.More(); i++ {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := r.value(item, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	_, err := r.token(path)
	return err
}

func (r *reader) object(v reflect.Value, path string) error {
	fields := fieldsOf(v.Type())
	seen := make([]bool, len(fields))
	for r.json.More() {
		token, err := r.token(path)
		if err != nil {
			return err
		}
		key := token.(string) // the decoder lets nothing else be a key
		at := slices.IndexFunc(fields, func(f field) bool { return f.name == key })
		if at < 0 {
			return &Error{path, fmt.Errorf("%w %.40q", ErrUnknown, key)}
		}
		if seen[at] {
			return &Error{Join(path, key), ErrTwice}
		}
		seen[at] = true
		if err := r.value(v.Field(fields[at].index), Join(path, key)); err != nil {
			return err
		}
	}
	if _, err := r.token(path); err != nil {
		return err
	}
	for i, f := range fields {
		if f.required && !seen[i] {
			return &Error{Join(path, f.name), ErrMissing}
		}
	}
	return nil
}

// Join returns the path of a field or, for a name like "[3]", of an item. Either part may be empty.
func Join(path, name string) string {
	if path == "" || name == "" || strings.HasPrefix(name, "[") {
		return path + name
	}
	return path + "." + name
}

type field struct {
	name     string
	index    int
	required bool
	min, max string
	nonzero  bool
}

// fieldsByType keeps what fieldsOf has found: tags do not change.
var fieldsByType sync.Map

func fieldsOf(t reflect.Type) []field {
	if known, ok := fieldsByType.Load(t); ok {
		return known.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		made := field{name: name, index: i, required: options != "omitzero"}
		for rule := range strings.SplitSeq(f.Tag.Get("check"), ",") {
			switch key, value, _ := strings.Cut(rule, "="); key {
			case "min":
				made.min = value
			case "max":
				made.max = value
			case "nonzero":
				made.nonzero = true
			}
		}
		fields = append(fields, made)
	}
	fieldsByType.Store(t, fields)
	return fields
}
