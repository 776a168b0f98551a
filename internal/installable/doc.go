// Package installable tells which packages of an archive can be installed, and
// which a change of the archive would break.
//
// It asks what apt is asked by `apt-get install NAME` on a machine that has
// nothing installed: is there a set of packages with this one in it, in which
// every Depends and Pre-Depends is satisfied and nothing stands beside what it
// Conflicts with or Breaks? As apt does unless it is told otherwise, it looks at
// one version of each name, the highest that any of the machine's sources lists,
// called the candidate.
//
// A [Library] reads what packages ask for, each once, and [Library.Compare]
// answers for two states of an archive:
//
//	entry := library.Learn(installable.Control{Name: "hello", Version: "2.10-3", Depends: "libc6 (>= 2.34)"})
//	…
//	found, err := library.Compare(ctx, before, after, "amd64", installable.Options{})
//	found.Broken // what could be installed before, or is new, and cannot be after
//
// # How
//
// Relations alone are decided at once for all packages: whatever has a group that
// no candidate satisfies goes, then what needed it, and so on. What is left has
// all that it needs, since everything left may stand side by side except
// conflicts. These are looked at by installing as much as goes into one imagined
// machine; what finds no place there is tried alone, by a search that learns from
// each clash (CDCL, as SAT solvers do). Deciding this is NP-complete [EDOS], so the
// search has a bound; archives as people make them stay far below it.
//
// The answer is about one architecture: packages of that and of all. A relation
// to another architecture ("libc6:i386") is satisfied by nothing; ":any" by
// packages that say Multi-Arch: allowed, as apt has it.
//
// [EDOS]: https://doi.org/10.1109/ASE.2006.49
package installable
