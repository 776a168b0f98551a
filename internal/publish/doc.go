// Package publish turns views of the catalog into signed releases and keeps
// every one of them.
//
// Publishing is two steps. [Builder.Build] makes a [Release] from views,
// options and a time: a pure function, whose result refers to blobs in the pool
// and is seen by nobody. [Store.Commit] makes it the publication's newest in one
// transaction: readers see the old release or the new one.
//
// Package index builds the indexes of a release: only what the difference of two views
// touches is rendered, compressed and hashed.
//
// A verbatim publication has no indexes of its own: its releases are the files that
// a mirror kept of its upstream, byte for byte, see catalog.Verbatim.
//
// A manifest is kept as intervals: a row of release_file says from which release
// to which a path had these bytes. Old releases, by-hash paths and past times
// are look-ups in it, and an unchanged file costs nothing however many releases
// have it.
package publish
