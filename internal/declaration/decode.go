package declaration

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Decode decodes a tree into a pointer to a Go value. Names are those of the json tags, and
// every tag without omitempty or omitzero must occur. A list of one text can be written as
// the text alone; a [time.Duration] has the form of [ParseDuration]. A null map is an empty
// one.
//
// Values with faults stay unchanged; all others are decoded.
func Decode(n *Node, into any) Faults {
	d := &decoder{}
	d.value(n, reflect.ValueOf(into).Elem(), nil, n.At)
	return d.faults
}

type decoder struct{ faults Faults }

func (d *decoder) fault(at Position, path []string, hint, format string, args ...any) {
	if len(d.faults) < maxFaults {
		d.faults = append(d.faults, Fault{at, path, fmt.Sprintf(format, args...), hint})
	}
}

var durationType = reflect.TypeFor[time.Duration]()

// value decodes a node into v. At is the position of its name, for faults about missing
// settings.
func (d *decoder) value(n *Node, v reflect.Value, path []string, at Position) {
	if u, ok := v.Addr().Interface().(json.Unmarshaler); ok {
		d.custom(n, u, path)
		return
	}
	switch {
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path, at)
	case v.Type() == durationType:
		d.duration(n, v, path)
	case v.Kind() == reflect.Struct:
		d.fields(n, v, path, at)
	case v.Kind() == reflect.Map:
		d.entries(n, v, path)
	case v.Kind() == reflect.Slice:
		d.items(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

// custom decodes a node with the value's own UnmarshalJSON.
func (d *decoder) custom(n *Node, u json.Unmarshaler, path []string) {
	text, err := json.Marshal(n.Value())
	if err == nil {
		err = u.UnmarshalJSON(text)
	}
	if err != nil {
		d.fault(n.At, path, "", "%v", err)
	}
}

// isMap reports whether a node is a map or null, and adds a fault if not.
func (d *decoder) isMap(n *Node, path []string) bool {
	if n.Kind != Map && n.Kind != Null {
		d.fault(n.At, path, "write its settings below it, as NAME: VALUE", "this is %s, not a map", n.Kind)
		return false
	}
	return true
}

func (d *decoder) fields(n *Node, v reflect.Value, path []string, at Position) {
	if !d.isMap(n, path) {
		return
	}
	known := members(v.Type())
	for _, f := range n.Fields {
		i := slices.IndexFunc(known, func(m member) bool { return m.name == f.Name })
		if i < 0 {
			d.unknown(f, known, path)
			continue
		}
		d.value(f.Value, v.FieldByIndex(known[i].index), below(path, f.Name), f.At)
	}
	for _, m := range known {
		if !m.optional && n.Get(m.name) == nil {
			d.fault(at, below(path, m.name), "", "is missing")
		}
	}
}

// unknown adds a fault about an unknown name, with a suggestion.
func (d *decoder) unknown(f Field, known []member, path []string) {
	names := make([]string, len(known))
	for i, m := range known {
		names[i] = m.name
	}
	hint := "the settings here are " + strings.Join(names, ", ")
	if near := nearest(f.Name, names); near != "" {
		hint = "write " + near
	}
	d.fault(f.At, below(path, f.Name), hint, "unknown setting")
}

func (d *decoder) entries(n *Node, v reflect.Value, path []string) {
	if !d.isMap(n, path) {
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Fields)))
	for _, f := range n.Fields {
		entry := reflect.New(v.Type().Elem()).Elem()
		d.value(f.Value, entry, below(path, f.Name), f.At)
		v.SetMapIndex(reflect.ValueOf(f.Name).Convert(v.Type().Key()), entry)
	}
}

func (d *decoder) items(n *Node, v reflect.Value, path []string) {
	items := n.Items
	switch {
	case n.Kind == List:
	case n.Kind == String && v.Type().Elem().Kind() == reflect.String:
		items = []*Node{n} // a list of one
	default:
		d.fault(n.At, path, "write [A, B]", "this is %s, not a list", n.Kind)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		at := path
		if n.Kind == List {
			at = below(path, strconv.Itoa(i))
		}
		d.value(item, v.Index(i), at, item.At)
	}
}

func (d *decoder) duration(n *Node, v reflect.Value, path []string) {
	length, err := ParseDuration(n.Text)
	if n.Kind != String || err != nil {
		d.fault(n.At, path, "write 36h, 90d, 12w or 2y", "%s is not a duration", shown(n))
		return
	}
	v.SetInt(int64(length))
}

func (d *decoder) scalar(n *Node, v reflect.Value, path []string) {
	switch kind := v.Kind(); {
	case kind == reflect.String && n.Kind == String:
		v.SetString(n.Text)
	case kind == reflect.Bool && n.Kind == Bool:
		v.SetBool(n.Text == "true")
	case v.CanInt() && n.Kind == Integer:
		i, err := parseInteger(n.Text)
		if err != nil || v.OverflowInt(i) {
			d.fault(n.At, path, "", "%s is too large", n.Text)
			return
		}
		v.SetInt(i)
	case v.CanFloat() && (n.Kind == Float || n.Kind == Integer):
		f, err := strconv.ParseFloat(n.Text, 64)
		if err != nil {
			d.fault(n.At, path, "", "%s is not a number", n.Text)
			return
		}
		v.SetFloat(f)
	default:
		want, hint := expected(n, v)
		d.fault(n.At, path, hint, "%s is not %s", shown(n), want)
	}
}

// expected returns the expected kind of a scalar, and a hint.
func expected(n *Node, v reflect.Value) (want, hint string) {
	plain := n.Kind != Map && n.Kind != List && n.Kind != Null
	switch {
	case v.Kind() == reflect.String:
		if want = String.String(); plain {
			hint = "write " + strconv.Quote(n.Text)
		}
	case v.Kind() == reflect.Bool:
		want, hint = Bool.String(), "write true or false"
	case v.CanInt():
		want, hint = Integer.String(), "write a whole number, without quotes"
	case v.CanFloat():
		want, hint = Float.String(), "write a number, without quotes"
	default:
		want = "a possible value"
	}
	if n.Kind == Null {
		hint = "write a value, or omit the setting"
	}
	return want, hint
}

// shown returns a value for a fault; it does not repeat a long one.
func shown(n *Node) string {
	switch n.Kind {
	case Map, List, Null:
		return "this is " + n.Kind.String() + ", which"
	}
	if len(n.Text) > 60 {
		return "this"
	}
	if n.Kind == String {
		return strconv.Quote(n.Text)
	}
	return n.Text
}
