// Package declaration reads and writes files in which people state what an
// archive is to be: YAML or TOML, with a section for each kind of thing and an
// entry for each thing.
//
//	doc, faults := declaration.Read("house.yaml", text)
//	var house app.Declaration
//	faults = append(faults, declaration.Decode(doc, &house)...)
//
// [Read] gives a tree of [Node], each with the place in the file where it was
// written; both forms give the same trees. [Merge] joins several files. [Decode]
// fills Go values from a tree by their JSON names, strictly: a name that the
// value has not, a value of another type and a setting that is missing are
// faults. All faults of a file are found at once, and each says where it is and
// what to write instead.
//
// [Encode] is the other way, [Write] writes a tree as a file, and [Node.Settings]
// lists what a tree says, to be compared.
//
// The package knows no word of what is declared: the types that are decoded into
// decide, so that a setting of the REST interface is a setting of the files.
//
// Everything is bounded: the size of a file, how deep it nests, and how many
// nodes it has when its aliases are spelled out.
package declaration
