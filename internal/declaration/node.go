package declaration

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is the kind of a node.
type Kind int

// The kinds of nodes. Both formats have all of them, except that TOML has no Null.
const (
	Null Kind = iota
	String
	Integer
	Float
	Bool
	Time
	Map
	List
)

// String returns the kind for messages.
func (k Kind) String() string {
	return [...]string{"nothing", "a text", "a number", "a fraction", "true or false", "a time", "a map", "a list"}[k]
}

// Position is a position in a file. Lines and columns count from 1; a zero line
// means the file as a whole.
type Position struct {
	File         string
	Line, Column int
}

// String returns the position as compilers do: house.yaml:12:5.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Node is a value of a file.
type Node struct {
	Kind   Kind
	Text   string  // of a scalar, without quotes
	Fields []Field // of a map, in the order of the file
	Items  []*Node // of a list
	At     Position
}

// Field is an entry of a map.
type Field struct {
	Name  string
	At    Position // of the name
	Value *Node
}

// Get returns the value of a map's field, or nil.
func (n *Node) Get(name string) *Node {
	for _, f := range n.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// Set sets a field of a map. A new field is added at the end.
func (n *Node) Set(name string, value *Node) {
	for i, f := range n.Fields {
		if f.Name == name {
			n.Fields[i].Value = value
			return
		}
	}
	n.Fields = append(n.Fields, Field{Name: name, At: value.At, Value: value})
}

// Remove removes a field from a map.
func (n *Node) Remove(name string) {
	for i, f := range n.Fields {
		if f.Name == name {
			n.Fields = append(n.Fields[:i:i], n.Fields[i+1:]...)
			return
		}
	}
}

// Find returns the position of the node at a path of field names and item numbers, or of
// the nearest existing node above it.
func (n *Node) Find(path []string) Position {
	at := n.At
	for _, step := range path {
		next := (*Node)(nil)
		switch n.Kind {
		case Map:
			for _, f := range n.Fields {
				if f.Name == step {
					at, next = f.At, f.Value
				}
			}
		case List:
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Items) {
				next = n.Items[i]
				at = next.At
			}
		}
		if next == nil {
			return at
		}
		n = next
	}
	return at
}

// Setting is a setting of a tree: a dotted name and a plain value (string, int64, float64,
// bool, or []any of these).
type Setting struct {
	Name  string
	Value any
}

// Settings returns the settings of a tree in order. Those of inner maps have dotted names:
// sums.md5.
func (n *Node) Settings() (list []Setting) {
	for _, f := range n.Fields {
		if f.Value.Kind != Map {
			list = append(list, Setting{f.Name, f.Value.Value()})
			continue
		}
		for _, inner := range f.Value.Settings() {
			list = append(list, Setting{f.Name + "." + inner.Name, inner.Value})
		}
	}
	return list
}

// Value returns the node as plain data: nil, string, int64, float64, bool, []any or
// map[string]any. A number out of range stays a string.
func (n *Node) Value() any {
	switch n.Kind {
	case Null:
		return nil
	case Integer:
		if i, err := parseInteger(n.Text); err == nil {
			return i
		}
	case Float:
		if f, err := strconv.ParseFloat(n.Text, 64); err == nil {
			return f
		}
	case Bool:
		return n.Text == "true"
	case List:
		items := make([]any, len(n.Items))
		for i, item := range n.Items {
			items[i] = item.Value()
		}
		return items
	case Map:
		fields := make(map[string]any, len(n.Fields))
		for _, f := range n.Fields {
			fields[f.Name] = f.Value.Value()
		}
		return fields
	}
	return n.Text
}

// parseInteger parses an integer of YAML 1.2 or TOML: decimal, 0x, 0o or 0b, with or without
// underscores between digits.
func parseInteger(text string) (int64, error) {
	text = strings.TrimPrefix(text, "+")
	return strconv.ParseInt(text, 0, 64)
}
