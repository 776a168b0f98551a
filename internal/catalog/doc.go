// Package catalog knows packages, and every state that every set of them ever
// had.
//
// A [Package] never changes and is stored once. A member is a package as a
// suite lists it, with component, section and priority; members have small
// dense ids, so any set of members is a bitmap ([bitset.Set]). A [Collection]
// (a mirror, a repo or a snapshot) is a named set with an append-only history
// of revisions; a [View] is a collection at one of them. A revision stores what
// it added and removed, so history costs what changed; a snapshot is one
// revision that points at another view, so it costs nothing.
//
// Work on views (difference, union, selection) is work on bitmaps and reads no
// rows; rows are read for what is shown or written: [Store.Range] walks the
// members of a set in the order of an index, from one position to another.
//
// What such work asks of members (name, version, architecture, source, what they
// provide, a hash of their files) is kept in memory once it was read, for all to
// share: [Store.Match] answers queries, [Store.Merge] and [Store.Newest] compare
// versions, [Store.Needs] follows dependencies, and rows are read only of stanzas
// that a query or a dependency leads into. A [PackageKey] names a package for
// people and other programs.
package catalog
