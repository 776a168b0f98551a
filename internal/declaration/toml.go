package declaration

import (
	"errors"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// toml parses TOML (https://toml.io/en/v1.0.0) twice: first to find errors, such as a table
// that is defined twice, then to get the positions.
func (r *reader) toml(data []byte) *Node {
	var whole map[string]any
	if err := toml.Unmarshal(data, &whole); err != nil {
		at, message := Position{File: r.file}, err.Error()
		if found, ok := errors.AsType[*toml.DecodeError](err); ok {
			at.Line, at.Column = found.Position()
		}
		r.fault(at, nil, "this is not TOML: "+message, "")
		return nil
	}
	t := tomlReader{reader: r}
	t.parser.Reset(data)
	root := empty(Position{File: r.file})
	table := root
	for t.parser.NextExpression() && !r.full {
		switch e := t.parser.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = t.table(root, e)
		case unstable.KeyValue:
			t.keyValue(table, e, 0)
		}
	}
	return root
}

type tomlReader struct {
	*reader
	parser unstable.Parser
}

func (t *tomlReader) at(raw unstable.Range) Position {
	start := t.parser.Shape(raw).Start
	return Position{t.file, start.Line, start.Column}
}

// table returns the map of a header such as [mirrors.debian] or [[list]].
func (t *tomlReader) table(root *Node, e *unstable.Node) *Node {
	table := root
	for key := e.Key(); key.Next(); {
		name := key.Node()
		if e.Kind == unstable.ArrayTable && key.IsLast() {
			return t.nextItem(table, name)
		}
		table = t.descend(table, name)
	}
	return table
}

// descend returns the map under a name, and adds it if it does not exist.
func (t *tomlReader) descend(into *Node, key *unstable.Node) *Node {
	at := t.at(key.Raw)
	next := into.Get(string(key.Data))
	if next == nil {
		t.room(at, nil, 0)
		next = empty(at)
		into.Fields = append(into.Fields, Field{string(key.Data), at, next})
	}
	if next.Kind == List && len(next.Items) > 0 {
		next = next.Items[len(next.Items)-1]
	}
	return next
}

// nextItem adds a map to the list under a name.
func (t *tomlReader) nextItem(into *Node, key *unstable.Node) *Node {
	at := t.at(key.Raw)
	list := into.Get(string(key.Data))
	if list == nil {
		list = &Node{Kind: List, At: at}
		into.Fields = append(into.Fields, Field{string(key.Data), at, list})
	}
	t.room(at, nil, 0)
	item := empty(at)
	list.Items = append(list.Items, item)
	return item
}

// keyValue adds a line such as sums.md5 = true to a map.
func (t *tomlReader) keyValue(into *Node, e *unstable.Node, depth int) {
	for key := e.Key(); key.Next(); {
		name := key.Node()
		if !key.IsLast() {
			into = t.descend(into, name)
			continue
		}
		at := t.at(name.Raw)
		into.Fields = append(into.Fields, Field{string(name.Data), at, t.value(e.Value(), at, depth+1)})
	}
}

// value converts a value. At is the position of its name, because lists have no position.
func (t *tomlReader) value(v *unstable.Node, at Position, depth int) *Node {
	n := &Node{At: at, Text: string(v.Data)}
	if !t.room(at, nil, depth) {
		return n
	}
	if v.Raw.Length > 0 {
		n.At = t.at(v.Raw)
	}
	switch v.Kind {
	case unstable.Array:
		n.Kind = List
		for items := v.Children(); items.Next(); {
			if item := items.Node(); item.Kind != unstable.Comment {
				n.Items = append(n.Items, t.value(item, at, depth+1))
			}
		}
	case unstable.InlineTable:
		n.Kind = Map
		for fields := v.Children(); fields.Next(); {
			if field := fields.Node(); field.Kind == unstable.KeyValue {
				t.keyValue(n, field, depth)
			}
		}
	default:
		n.Kind = tomlScalar(v.Kind)
	}
	return n
}

func tomlScalar(k unstable.Kind) Kind {
	switch k {
	case unstable.Integer:
		return Integer
	case unstable.Float:
		return Float
	case unstable.Bool:
		return Bool
	case unstable.LocalDate, unstable.LocalTime, unstable.LocalDateTime, unstable.DateTime:
		return Time
	}
	return String
}
