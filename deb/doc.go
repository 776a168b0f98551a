// Package deb knows the nouns of Debian packaging and their rules: versions
// and their order, relations between packages, architectures and their
// wildcards, package names and the places of packages in a pool.
//
// Everything here is a pure function of text. [Compare] orders versions as dpkg
// does, and [SortKey] turns a version into bytes whose plain order is the same,
// for an index or a database column:
//
//	deb.Compare("1.0~rc1", "1.0")   // -1
//	deb.SortKey("1.0~rc1")          // sorts before deb.SortKey("1.0")
//
// [ParseRelations] reads Depends and its like; [ArchitectureMatches] answers
// whether amd64 is a linux-any. The text formats are read by the packages
// below: deb822 for control data, debfile for .deb, .dsc and .changes files.
package deb
