// Package mirror makes collections follow an upstream archive over http, https
// or file.
//
// A sync is plan, fetch, commit:
//
//   - [Syncer.Plan] asks for InRelease (else Release with Release.gpg) on the
//     condition that it changed, verifies it, gets the indexes that are wanted
//     and reads them as a stream. An upstream that did not change costs one
//     request.
//   - [Plan.Fetch] downloads the files that the pool does not have yet, stores the
//     packages that the catalog does not have yet, and flushes the pool, all at
//     the same time.
//   - [Plan.Commit] makes the suite as it is upstream the newest revision of the
//     collection, in one transaction.
//
// A config may choose among a suite's packages, by names or by a query with what
// its matches need. Then a plan reads the indexes once more, before all else, to
// decide which of their entries are kept. [Syncer.Probe] looks at a suite's Release
// alone, for those who are about to make a mirror. What a suite has besides packages,
// by the classes of [Class], becomes members of the collection that are no packages,
// see catalog.Index. A verbatim config keeps the upstream's own Release and indexes
// in the same way, see catalog.Verbatim.
//
// Nothing before the commit is seen by anyone, and what was downloaded stays in
// the pool for the next try. Upstream is not trusted in anything that its
// signature does not cover, and in little that it does: paths, sizes and sums
// are checked, sizes bounded, and a suite that lost much of its packages is not
// taken over unless that is asked for.
package mirror
