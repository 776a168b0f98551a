package declaration

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Limits of a file.
const (
	// MaxSize is the largest size of a file, in bytes.
	MaxSize = 4 << 20
	// maxDepth is the deepest nesting of maps and lists; declarations nest five levels.
	maxDepth = 16
	// maxNodes is the largest number of values of a file, with expanded aliases.
	maxNodes = 200_000
)

// Format is the format of a file.
type Format string

// The formats.
const (
	YAML Format = "yaml" // YAML 1.2, which includes JSON
	TOML Format = "toml" // TOML 1.0
)

// FormatOf returns the format of a file by its name: .yaml, .yml, .json or .toml. The name
// "-" stands for standard input, which is YAML.
func FormatOf(name string) (Format, bool) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return YAML, true
	case ".toml":
		return TOML, true
	}
	return YAML, name == "-"
}

// Read parses a file, which must be a map. The name determines its format and appears in
// positions. The faults are those of the format; the tree then has the readable part.
func Read(name string, data []byte) (*Node, Faults) {
	whole := Position{File: name}
	format, known := FormatOf(name)
	switch {
	case !known:
		return empty(whole), Faults{{At: whole, Message: "the name has no suffix of a known format", Hint: "use .yaml, .json or .toml"}}
	case len(data) > MaxSize:
		return empty(whole), Faults{{At: whole, Message: fmt.Sprintf("the file has %d bytes; the limit is %d", len(data), MaxSize), Hint: "split it into several files"}}
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
		r.fault(root.At, nil, "this is "+root.Kind.String()+", not a map of sections", "start with a section such as mirrors:")
		root = empty(whole)
	}
	return root, r.faults
}

func empty(at Position) *Node { return &Node{Kind: Map, At: at} }

// reader is the state of reading a file.
type reader struct {
	file   string
	nodes  int
	full   bool // a limit is exceeded and reported
	faults Faults
}

func (r *reader) fault(at Position, path []string, message, hint string) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, Fault{at, path, message, hint})
	}
}

// room counts a node at a depth, and reports whether the limits allow it. The first excess
// is a fault.
func (r *reader) room(at Position, path []string, depth int) bool {
	r.nodes++
	if depth <= maxDepth && r.nodes <= maxNodes {
		return true
	}
	if !r.full {
		r.full = true
		message := fmt.Sprintf("this nests deeper than %d levels", maxDepth)
		if depth <= maxDepth {
			message = fmt.Sprintf("the file has more than %d values", maxNodes)
		}
		r.fault(at, path, message, "split the file, or use fewer aliases")
	}
	return false
}

// put adds a field to a map, or a fault if the map already has it.
func (r *reader) put(into *Node, path []string, f Field) {
	for _, other := range into.Fields {
		if other.Name == f.Name {
			r.fault(f.At, below(path, f.Name), "already set at "+other.At.String(), "remove one of the two")
			return
		}
	}
	into.Fields = append(into.Fields, f)
}

// below returns the path of a field or item. It shares no memory with path.
func below(path []string, name string) []string { return append(path[:len(path):len(path)], name) }

// Merge joins files into one tree: sections of the same name become one. It omits sections
// with names that start with x-, which hold anchors. An object in two files is a fault.
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
