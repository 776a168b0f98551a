// Package testkit holds the real parts that Aptarium's tests, demo and
// benchmarks run against, so that nothing needs to be mocked:
//
//   - [Apt] is the machine's own apt client in a folder of its own.
//   - [Archive] describes a small signed archive and writes it, odd and hostile
//     ones too.
//   - [Slice] is a part of the machine's own Debian archive with Debian's own
//     signature.
//   - [BigArchive] has as many packages as Debian, but tiny ones.
//   - [Upstream] serves any such folder over http on loopback, counts the
//     requests and fails in the ways that servers fail.
//
// The package's example is a test from end to end: a client installs from an
// archive. [Packages] returns a real Packages index, for tests of parsers.
//
// All functions return errors and have no parameter *testing.T, because the demo
// and the benchmarks are no tests. An error of a program that was run carries
// the program's whole output.
package testkit
