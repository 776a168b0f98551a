// Package installable computes which packages of an archive can be installed, and which
// ones a change of the archive breaks.
//
// The question is that of `apt-get install NAME` on an empty machine: is there a set of
// packages with this one in it, in which every Depends and Pre-Depends is satisfied, and
// no package Conflicts with or Breaks another? Like apt by default, it considers one
// version of each name, the highest of the machine's sources, called the candidate.
//
// A [Library] parses the relations of packages, each once, and [Library.Compare] compares
// two states of an archive:
//
//	entry := library.Learn(installable.Control{Name: "hello", Version: "2.10-3", Depends: "libc6 (>= 2.34)"})
//	…
//	found, err := library.Compare(ctx, before, after, "amd64", installable.Options{})
//	found.Broken // packages that the change breaks
//
// # How
//
// First, conflicts are ignored: a package with a group that no candidate satisfies is
// broken, then every package that needs it, and so on. Without conflicts, all remaining
// packages could be installed together. Then as many of them as possible are installed on
// one imaginary machine. For each of the others, a search that learns from clashes (CDCL,
// as in SAT solvers) looks for a way to install it alone. This problem is NP-complete
// [EDOS], so the search has a limit; real archives stay far below it.
//
// The answer is for one architecture: its packages and those of all. No package satisfies
// a relation to another architecture ("libc6:i386"); packages with Multi-Arch: allowed
// satisfy ":any", as in apt.
//
// [EDOS]: https://doi.org/10.1109/ASE.2006.49
package installable
