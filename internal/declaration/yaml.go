package declaration

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yaml parses one document of YAML 1.2 (https://yaml.org/spec/1.2.2/). Anchors, aliases and
// merge keys (<<) are expanded.
func (r *reader) yaml(data []byte) *Node {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, more yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		r.yamlError(err)
		return nil
	}
	switch err := decoder.Decode(&more); {
	case err == nil:
		r.fault(r.at(&more), nil, "a second document starts here", "move it to a file of its own")
	case !errors.Is(err, io.EOF):
		r.yamlError(err)
	}
	if len(document.Content) == 0 {
		return nil
	}
	return r.yamlNode(document.Content[0], nil, 0)
}

// yamlLine matches the position in the parser's errors.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (r *reader) yamlError(err error) {
	at := Position{File: r.file}
	message := err.Error()
	if found := yamlLine.FindStringSubmatch(message); found != nil {
		message = message[len(found[0]):]
		if line, err := strconv.Atoi(found[1]); err == nil {
			at.Line, at.Column = line, 1
		}
	}
	r.fault(at, nil, "this is not YAML: "+message, "")
}

func (r *reader) at(y *yaml.Node) Position { return Position{r.file, y.Line, y.Column} }

func (r *reader) yamlNode(y *yaml.Node, path []string, depth int) *Node {
	n := &Node{At: r.at(y)}
	if !r.room(n.At, path, depth) {
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		return r.yamlNode(y.Alias, path, depth+1)
	case yaml.MappingNode:
		n.Kind = Map
		r.yamlFields(n, y, path, depth)
	case yaml.SequenceNode:
		n.Kind = List
		for i, item := range y.Content {
			n.Items = append(n.Items, r.yamlNode(item, below(path, strconv.Itoa(i)), depth+1))
			if r.full {
				break
			}
		}
	default:
		r.yamlScalar(n, y, path)
	}
	return n
}

// yamlFields converts the fields of a mapping. Its own fields override the merged ones.
func (r *reader) yamlFields(n *Node, y *yaml.Node, path []string, depth int) {
	var merged []*yaml.Node
	for i := 0; i+1 < len(y.Content) && !r.full; i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode || key.Tag == "!!null" {
			r.fault(r.at(key), path, "this is not a name", "write a plain text before the colon")
			continue
		}
		if key.Tag == "!!merge" {
			merged = append(merged, value)
			continue
		}
		field := Field{Name: key.Value, At: r.at(key), Value: r.yamlNode(value, below(path, key.Value), depth+1)}
		r.put(n, path, field)
	}
	for _, value := range merged {
		r.yamlMerge(n, value, path, depth)
	}
}

// yamlMerge adds the merged fields that a map does not have itself.
func (r *reader) yamlMerge(n *Node, value *yaml.Node, path []string, depth int) {
	from := r.yamlNode(value, path, depth+1)
	parts := []*Node{from}
	if from.Kind == List {
		parts = from.Items
	}
	for _, part := range parts {
		if part.Kind != Map && !r.full {
			r.fault(r.at(value), path, "<< merges "+part.Kind.String()+", not a map", "use an alias of a map, such as *defaults")
		}
		for _, f := range part.Fields {
			if n.Get(f.Name) == nil {
				n.Fields = append(n.Fields, f)
			}
		}
	}
}

func (r *reader) yamlScalar(n *Node, y *yaml.Node, path []string) {
	n.Text = y.Value
	switch y.ShortTag() {
	case "!!null":
		n.Kind = Null
	case "!!str":
		n.Kind = String
	case "!!int":
		n.Kind = Integer
	case "!!float":
		n.Kind = Float
	case "!!bool":
		n.Kind, n.Text = Bool, strings.ToLower(y.Value)
	case "!!timestamp":
		n.Kind = Time
	default:
		r.fault(n.At, path, "the tag "+y.Tag+" is not supported", "remove it")
	}
}
