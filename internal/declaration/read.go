package declaration

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Bounds of a file.
const (
	// MaxSize is how many bytes a file may have.
	MaxSize = 4 << 20
	// maxDepth is how deep maps and lists may nest; what is declared nests five
	// levels.
	maxDepth = 16
	// maxNodes is how many values a file may have, those of aliases counted each
	// time.
	maxNodes = 200_000
)

// Format is how a file is written.
type Format string

// The formats.
const (
	YAML Format = "yaml" // YAML 1.2; JSON is a part of it
	TOML Format = "toml" // TOML 1.0
)

// FormatOf tells a file's format by its name: .yaml, .yml, .json or .toml. The
// name "-" stands for standard input, which is YAML.
func FormatOf(name string) (Format, bool) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return YAML, true
	case ".toml":
		return TOML, true
	}
	return YAML, name == "-"
}

// Read reads a file: a map. Name tells its format and appears in positions. Faults
// are those of the form; a tree that has some is whole as far as it could be read.
func Read(name string, data []byte) (*Node, Faults) {
	whole := Position{File: name}
	format, known := FormatOf(name)
	switch {
	case !known:
		return empty(whole), Faults{{At: whole, Message: "its name does not tell what it is", Hint: "call it .yaml or .toml"}}
	case len(data) > MaxSize:
		return empty(whole), Faults{{At: whole, Message: fmt.Sprintf("it has %d bytes, more than %d", len(data), MaxSize), Hint: "divide it into several files"}}
	}
	r := &reader{file: name}
	var root *Node
	if format == TOML {
		root = r.toml(data)
	} else {
		root = r.yaml(data)
	}
	switch {
	case root == nil || root.Kind == Null && len(r.faults) == 0:
		root = empty(whole)
	case root.Kind != Map:
		r.fault(root.At, nil, "this is "+root.Kind.String()+", not a map of sections", "begin with a section such as mirrors:")
		root = empty(whole)
	}
	return root, r.faults
}

func empty(at Position) *Node { return &Node{Kind: Map, At: at} }

// reader is what reading a file goes through.
type reader struct {
	file   string
	nodes  int
	full   bool // that there is too much was told
	faults Faults
}

func (r *reader) fault(at Position, path []string, message, hint string) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, Fault{at, path, message, hint})
	}
}

// room reports whether a further node, at a depth, may be; that it may not is told
// once.
func (r *reader) room(at Position, path []string, depth int) bool {
	r.nodes++
	if depth <= maxDepth && r.nodes <= maxNodes {
		return true
	}
	if !r.full {
		r.full = true
		message := fmt.Sprintf("this nests deeper than %d levels", maxDepth)
		if depth <= maxDepth {
			message = fmt.Sprintf("there are more than %d values", maxNodes)
		}
		r.fault(at, path, message, "divide it, or spell out less through aliases")
	}
	return false
}

// put adds a field to a map, unless the map has it already.
func (r *reader) put(into *Node, path []string, f Field) {
	for _, other := range into.Fields {
		if other.Name == f.Name {
			r.fault(f.At, below(path, f.Name), "this is said already at "+other.At.String(), "leave out one of the two")
			return
		}
	}
	into.Fields = append(into.Fields, f)
}

// below returns the path of what is in a thing. The result shares nothing with
// other paths.
func below(path []string, name string) []string { return append(path[:len(path):len(path)], name) }

// Merge joins files into one tree: sections of the same name become one, and those
// whose names begin with x-, which hold anchors, are left out. What two files state
// is a fault.
func Merge(files ...*Node) (*Node, Faults) {
	r := &reader{}
	all := empty(Position{})
	for _, file := range files {
		for _, f := range file.Fields {
			if strings.HasPrefix(f.Name, "x-") {
				continue
			}
			was := all.Get(f.Name)
			if was == nil || was.Kind != Map || f.Value.Kind != Map {
				section := *f.Value
				f.Value = &section // other files add to it
				r.put(all, nil, f)
				continue
			}
			for _, entry := range f.Value.Fields {
				r.put(was, []string{f.Name}, entry)
			}
		}
	}
	return all, r.faults
}
