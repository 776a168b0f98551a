// Package declaration reads and writes files that state the wanted content of an archive:
// YAML or TOML, with a section for each kind of object and a field for each object.
//
//	doc, faults := declaration.Read("house.yaml", text)
//	var house app.Declaration
//	faults = append(faults, declaration.Decode(doc, &house)...)
//
// [Read] returns a tree of [Node], each with its position in the file; both formats produce
// the same trees. [Merge] joins several files. [Decode] decodes a tree into Go values by
// their JSON names, strictly: an unknown name, a value of another type and a missing setting
// are faults. All faults of a file are reported at once, each with its position and a hint.
//
// [Encode] is the inverse of Decode, [Write] writes a tree to a file, and [Node.Settings]
// lists the settings of a tree for comparisons.
//
// The package is independent of the declared objects: the decoded Go types define the
// settings, so the settings of the REST interface are those of the files.
//
// The size of a file, its nesting and the number of its nodes, with expanded aliases, are
// limited.
package declaration
