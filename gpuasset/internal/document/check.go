package document

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Check holds a struct against its check tags, its enumerations and the Check methods of its types, at any depth. A uint64 is a
// fraction with 18 decimals. Errors are [*Error] of ErrValue. A struct built in Go is held to what one read from JSON is.
func Check(v any) error { return check(reflect.ValueOf(v)) }

func refuse(format string, args ...any) error {
	return &Error{"", fmt.Errorf("%w: %w", ErrValue, fmt.Errorf(format, args...))}
}

// under puts a field or item before the path of an error.
func under(name string, err error) error {
	var inner *Error
	if errors.As(err, &inner) {
		return &Error{Join(name, inner.Path), inner.Err}
	}
	return err
}

func check(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return check(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if err := check(v.Index(i)); err != nil {
				return under("["+strconv.Itoa(i)+"]", err)
			}
		}
		return nil
	case reflect.Int, reflect.Bool:
		return nil
	}
	kind := kindOf(v.Type())
	if kind.checked {
		if v.CanAddr() {
			v = v.Addr() // a value would be copied
		}
		if err := v.Interface().(checker).Check(); err != nil {
			return refuse("%w", err)
		}
		return nil
	}
	if kind.values != nil && !slices.Contains(kind.values, v.String()) {
		return refuse("%.40q, want one of %s", v.String(), strings.Join(kind.values, ", "))
	}
	for i := range kind.fields {
		f := &kind.fields[i]
		value := v.Field(f.index)
		if value.IsZero() && !f.required {
			continue // not given
		}
		err := f.bounds(value)
		if err == nil {
			err = check(value)
		}
		if err != nil {
			return under(f.name, err)
		}
	}
	return nil
}

type checker interface{ Check() error }

var checked = reflect.TypeFor[checker]()

func (f *field) bounds(v reflect.Value) error {
	if f.nonzero && v.IsZero() {
		return refuse("it may not be zero or empty")
	}
	size, what := 0, "it is"
	switch v.Kind() {
	case reflect.Uint64:
		if f.max != "" && v.Uint() > wad(f.max) {
			return refuse("it is more than %s", f.max)
		}
		if f.min != "" && v.Uint() < wad(f.min) {
			return refuse("it is less than %s", f.min)
		}
		return nil
	case reflect.Int:
		size = int(v.Int())
	case reflect.String, reflect.Slice:
		size, what = v.Len(), "its length is"
	default:
		return nil
	}
	if f.min != "" && size < whole(f.min) {
		return refuse("%s %d, minimum %s", what, size, f.min)
	}
	if f.max != "" && size > whole(f.max) {
		return refuse("%s %d, maximum %s", what, size, f.max)
	}
	return nil
}

// kind is what check asks of a type.
type kind struct {
	checked bool
	values  []string
	fields  []field
}

// kinds keeps what kindOf has found: types do not change.
var kinds sync.Map

func kindOf(t reflect.Type) *kind {
	if known, ok := kinds.Load(t); ok {
		return known.(*kind)
	}
	made := &kind{checked: t.Implements(checked)}
	switch {
	case made.checked:
	case t.Kind() == reflect.String:
		made.values = valuesOf(t)
	case t.Kind() == reflect.Struct:
		made.fields = fieldsOf(t)
	}
	kinds.Store(t, made)
	return made
}

// whole is a limit of a tag; all are whole numbers, also those of fractions.
func whole(limit string) int {
	n, err := strconv.Atoi(limit)
	if err != nil {
		panic("document: bad check tag: " + limit) // a mistake in a struct, which its first test shows
	}
	return n
}

func wad(limit string) uint64 { return uint64(whole(limit)) * 1e18 }

func valuesOf(t reflect.Type) []string {
	if enum, ok := reflect.Zero(t).Interface().(interface{ Values() []string }); ok {
		return enum.Values()
	}
	return nil
}
