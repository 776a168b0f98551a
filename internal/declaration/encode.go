package declaration

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Encode encodes a Go value as a tree, the inverse of [Decode]: fields in the order of their
// struct, map entries by name. Optional fields with the zero value are omitted.
func Encode(v any) (*Node, error) { return encode(reflect.ValueOf(v)) }

func encode(v reflect.Value) (*Node, error) {
	if m, ok := v.Interface().(json.Marshaler); ok {
		return encodeCustom(m)
	}
	if v.Type() == durationType {
		return &Node{Kind: String, Text: FormatDuration(v.Interface().(time.Duration))}, nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return &Node{}, nil
		}
		return encode(v.Elem())
	case reflect.Struct:
		return encodeFields(v)
	case reflect.Map:
		return encodeEntries(v)
	case reflect.Slice:
		return encodeItems(v)
	case reflect.String:
		return &Node{Kind: String, Text: v.String()}, nil
	case reflect.Bool:
		return &Node{Kind: Bool, Text: strconv.FormatBool(v.Bool())}, nil
	case reflect.Float32, reflect.Float64:
		text := strconv.FormatFloat(v.Float(), 'g', -1, 64)
		if !strings.ContainsAny(text, ".eIN") { // the fraction distinguishes it from an integer
			text += ".0"
		}
		return &Node{Kind: Float, Text: text}, nil
	}
	if v.CanInt() {
		return &Node{Kind: Integer, Text: strconv.FormatInt(v.Int(), 10)}, nil
	}
	return nil, fmt.Errorf("a value of type %s cannot be declared", v.Type())
}

// encodeCustom encodes with the value's own MarshalJSON. JSON is also YAML.
func encodeCustom(m json.Marshaler) (*Node, error) {
	text, err := m.MarshalJSON()
	if err != nil {
		return nil, err
	}
	r := &reader{}
	n := r.yaml(text)
	if n == nil || len(r.faults) > 0 {
		return nil, fmt.Errorf("the JSON of %T cannot be declared: %w", m, r.faults)
	}
	return n, nil
}

func encodeFields(v reflect.Value) (*Node, error) {
	n := &Node{Kind: Map}
	for _, m := range members(v.Type()) {
		field := v.FieldByIndex(m.index)
		if m.optional && isEmpty(field) {
			continue
		}
		value, err := encode(field)
		if err != nil {
			return nil, err
		}
		n.Fields = append(n.Fields, Field{Name: m.name, Value: value})
	}
	return n, nil
}

// isEmpty reports whether a value is zero, or an empty map or slice.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice:
		return v.Len() == 0
	}
	return v.IsZero()
}

func encodeEntries(v reflect.Value) (*Node, error) {
	entries := map[string]reflect.Value{}
	for key, value := range v.Seq2() {
		entries[key.String()] = value
	}
	n := &Node{Kind: Map}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		value, err := encode(entries[name])
		if err != nil {
			return nil, err
		}
		n.Fields = append(n.Fields, Field{Name: name, Value: value})
	}
	return n, nil
}

func encodeItems(v reflect.Value) (*Node, error) {
	n := &Node{Kind: List, Items: make([]*Node, v.Len())}
	for i := range v.Len() {
		var err error
		if n.Items[i], err = encode(v.Index(i)); err != nil {
			return nil, err
		}
	}
	return n, nil
}
