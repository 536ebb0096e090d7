package document

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

type colour string

func (colour) Values() []string { return []string{"red", "green"} }

type leaf struct {
	Name   string   `json:"name" check:"min=2,max=3"`
	Count  int      `json:"count,omitzero" check:"min=-1,max=5"`
	Part   uint64   `json:"part,omitzero" check:"min=1,max=2"`
	On     bool     `json:"on,omitzero"`
	Colour colour   `json:"colour,omitzero"`
	Tags   []string `json:"tags,omitzero" check:"max=2"`
}

type tree struct {
	Leaf   *leaf  `json:"leaf,omitzero"`
	Leaves []leaf `json:"leaves" check:"min=1,nonzero"`
}

func TestDecodeAndCheck(t *testing.T) {
	for text, want := range map[string]struct {
		path string
		err  error
	}{
		`{"leaves": [{"name": "ab"}]}`: {},
		`{"leaf": {"name": "ab", "count": -1, "on": true, "colour": "red", "tags": ["x"]}, "leaves": [{"name": "abc"}]}`: {},
		`{"leaves": []}`:                                             {"leaves", ErrValue},
		`{"leaves": [{"name": "a"}]}`:                                {"leaves[0].name", ErrValue},
		`{"leaves": [{"name": "abcd"}]}`:                             {"leaves[0].name", ErrValue},
		`{"leaves": [{"name": "ab", "count": 6}]}`:                   {"leaves[0].count", ErrValue},
		`{"leaves": [{"name": "ab", "count": -2}]}`:                  {"leaves[0].count", ErrValue},
		`{"leaves": [{"name": "ab", "colour": "blue"}]}`:             {"leaves[0].colour", ErrValue},
		`{"leaves": [{"name": "ab", "tags": ["", "", ""]}]}`:         {"leaves[0].tags", ErrValue},
		`{"leaves": [{"name": "ab"}, {"name": "ab", "on": 1}]}`:      {"leaves[1].on", ErrType},
		`{"leaves": [{"name": "ab", "count": 9223372036854775808}]}`: {"leaves[0].count", ErrValue},
		`{"leaves": [{"name": "ab", "count": 1e2}]}`:                 {"leaves[0].count", ErrValue},
		`{"leaf": null, "leaves": [{"name": "ab"}]}`:                 {"leaf", ErrType},
		`{"leaf": {}, "leaves": [{"name": "ab"}]}`:                   {"leaf.name", ErrMissing},
		`{"leaves": [{"name": "ab"}]} x`:                             {"", ErrSyntax},
		`{"leaves": [{"name": "ab"}`:                                 {"leaves", ErrSyntax},
		`{1: 2}`:                                                     {"", ErrSyntax},
		`{"leaves": {"name": "ab"}}`:                                 {"leaves", ErrType},
	} {
		var into tree
		err := Decode([]byte(text), &into)
		if err == nil {
			err = Check(&into)
		}
		if want.err == nil {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorIs(t, err, want.err, text)
		var located *Error
		require.ErrorAs(t, err, &located)
		require.Equal(t, want.path, located.Path, text)
		if want.path != "" {
			require.Contains(t, err.Error(), want.path+": ")
		}
	}
}

// Bounds of fractions are exact: one part in 10^18 above is above.
func TestFractions(t *testing.T) {
	at := func(part uint64) error { return Check(&leaf{Name: "ab", Part: part}) }
	require.NoError(t, at(2e18))
	require.NoError(t, at(1e18))
	require.ErrorIs(t, at(2e18+1), ErrValue)
	require.ErrorIs(t, at(1e18-1), ErrValue)
}

type closed struct {
	Text leaf2 `json:"leaf"`
}

type leaf2 struct {
	Name string `json:"name" check:"min=1,max=9"`
	N    int    `json:"n,omitzero" check:"max=3"`
}

func TestSchema(t *testing.T) {
	text, err := Schema(reflect.TypeFor[closed](), "title", nil)
	require.NoError(t, err)
	var got map[string]any
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "title", "$ref": "#/$defs/closed",
		"$defs": map[string]any{
			"closed": map[string]any{"type": "object", "additionalProperties": false, "required": []any{"leaf"},
				"properties": map[string]any{"leaf": map[string]any{"$ref": "#/$defs/leaf2"}}},
			"leaf2": map[string]any{"type": "object", "additionalProperties": false, "required": []any{"name"},
				"properties": map[string]any{"name": map[string]any{"type": "string", "minLength": 1.0, "maxLength": 9.0}, "n": map[string]any{"type": "integer", "maximum": 3.0}}},
		},
	}, got)
}
