// Package mirror makes collections follow an upstream archive over http, https or file.
//
// A sync is plan, fetch, commit:
//
//   - [Syncer.Plan] asks for InRelease (else Release with Release.gpg) on the
//     condition that it changed, verifies it, fetches the wanted indexes
//     and reads them as a stream. An upstream that did not change costs one
//     request.
//   - [Plan.Fetch] downloads the files that the pool does not have yet, stores the
//     packages that the catalog does not have yet, and flushes the pool, all at
//     the same time.
//   - [Plan.Commit] makes the suite as it is upstream the newest revision of the
//     collection, in one transaction.
//
// A config may choose among a suite's packages: by names, or by a query and the dependencies of its
// matches. Such a plan first reads the indexes once more, to decide which entries to keep.
// [Syncer.Probe] reads only a suite's Release, before a mirror is created. The suite's other files,
// by the classes of [Class], become items of the collection, see catalog.Index. A verbatim config
// also keeps the upstream's own Release and indexes as items, see catalog.Verbatim.
//
// Nothing is visible before the commit, and downloaded files stay in the pool for the next try. The
// upstream is trusted in nothing that its signature does not cover, and in little that it does:
// paths, sizes and sums are checked, sizes are bounded, and a sync of a suite that lost many of its
// packages needs --force.
package mirror
