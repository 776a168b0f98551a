// Package closure finds what packages need besides themselves: the packages
// that satisfy their dependencies, and the dependencies of those.
//
// A [World] is where packages may come from: an index that was read, or the
// packages of a suite. [Of] starts at some of them, the seeds, and follows their
// relations within that world, for each architecture on its own:
//
//	found, err := closure.Of(ctx, world, seeds, closure.Options{Architectures: []string{"amd64"}})
//	found.Needed  // to be taken along
//	found.Missing // what nothing in the world satisfies, and who asks for it
//
// It is not a solver as apt has one. Of the packages that satisfy a relation it
// takes one, unless one is there already, and never takes a choice back:
// alternatives count from the left, a package of the name itself before one that
// provides it, the newest version first. Conflicts are not looked at, as both
// sides of a conflict may well stand in one archive.
package closure
