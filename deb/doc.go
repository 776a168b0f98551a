// Package deb implements the rules of Debian packaging: versions and their order,
// relations between packages, architectures and their wildcards, package names,
// and the folders of packages in a pool.
//
// Every function is pure. [Compare] orders versions as dpkg does. [SortKey] encodes
// a version as bytes that sort in the same order, for an index or a database column:
//
//	deb.Compare("1.0~rc1", "1.0")   // -1
//	deb.SortKey("1.0~rc1")          // sorts before deb.SortKey("1.0")
//
// [ParseRelations] parses Depends and similar fields; [ArchitectureMatches] reports
// whether linux-any covers amd64. The subpackages read file formats: deb822 control
// data, debfile .deb, .dsc and .changes files.
package deb
