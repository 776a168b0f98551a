// Package closure computes the packages that other packages need: those that satisfy their
// dependencies, and the dependencies of these.
//
// A [World] is the set of packages to search: a parsed index, or the packages of a suite.
// [Of] starts with some of them, the seeds, and follows their relations within the world,
// separately for each architecture:
//
//	found, err := closure.Of(ctx, world, seeds, closure.Options{Architectures: []string{"amd64"}})
//	found.Needed  // the packages to add
//	found.Missing // the unsatisfied relations, and the packages that have them
//
// It is not a solver like apt's. Of the packages that satisfy a relation it adds one, unless
// one is already added or present, and never reverses a choice: the leftmost alternative
// first, a package of the name before its providers, the newest version first. It ignores
// conflicts, because an archive can contain both sides of a conflict.
package closure
