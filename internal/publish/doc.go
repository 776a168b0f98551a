// Package publish builds signed releases from views of the catalog, and keeps all of them.
//
// Publishing has two steps. [Builder.Build] builds a [Release] from views, options and a time. It
// is a pure function; its result refers to blobs in the pool and is not visible yet. [Store.Commit]
// makes it the publication's newest in one transaction: readers see the old release or the new one.
//
// Package index builds the indexes of a release: it renders, compresses and hashes only the chunks
// that changed between two views.
//
// A verbatim publication has no indexes of its own: its releases are the upstream files that a
// mirror kept, byte for byte, see catalog.Verbatim.
//
// A manifest is stored as intervals: a row of release_file states the first and last release in
// which a path had these bytes. Old releases, by-hash paths and past times are queries of it, and
// an unchanged file costs nothing however many releases have it.
package publish
