package declaration

import (
	"fmt"
	"io"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"
)

// Write writes a map as a file that [Read] parses to the same tree. YAML keeps the order of
// the tree; TOML sorts by name, with plain values first.
func Write(w io.Writer, n *Node, f Format) error {
	if f == TOML {
		return toml.NewEncoder(w).Encode(n.Value())
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(toYAML(n)); err != nil {
		return fmt.Errorf("writing YAML: %w", err)
	}
	return encoder.Close()
}

func toYAML(n *Node) *yaml.Node {
	y := &yaml.Node{Kind: yaml.ScalarNode, Value: n.Text}
	switch n.Kind {
	case Null:
		y.Tag = "!!null"
	case String:
		setText(y, n.Text)
	case Integer:
		y.Tag = "!!int"
	case Float:
		y.Tag = "!!float"
	case Bool:
		y.Tag = "!!bool"
	case Time:
		y.Tag = "!!timestamp"
	case Map:
		y.Kind = yaml.MappingNode
		for _, f := range n.Fields {
			name := new(yaml.Node)
			setText(name, f.Name)
			y.Content = append(y.Content, name, toYAML(f.Value))
		}
	case List:
		y.Kind, y.Style = yaml.SequenceNode, yaml.FlowStyle
		for _, item := range n.Items {
			y.Content = append(y.Content, toYAML(item))
			if item.Kind == Map {
				y.Style = 0
			}
		}
	}
	return y
}

// setText sets a text in a style that YAML reads as a text, several lines as a block.
func setText(y *yaml.Node, text string) {
	if y.SetString(text); text == "<<" {
		y.Style = yaml.DoubleQuotedStyle
	}
}
