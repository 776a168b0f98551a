// Package catalog stores packages, and every past state of every set of packages.
//
// A [Package] never changes and is stored once. A member is a package as a suite lists it, with
// component, section and priority; members have small dense ids, so any set of members is a bitmap
// ([bitset.Set]). A [Collection] (a mirror, a repo or a snapshot) is a named set with an
// append-only history of revisions; a [View] is a collection at one of them. A revision stores what
// it added and removed, so history costs what changed; a snapshot is one revision that points at
// another view, so it costs nothing.
//
// Work on views (difference, union, selection) is work on bitmaps and reads no rows; rows are read
// only to show or write packages: [Store.Range] walks the members of a set in the order of an
// index, from one position to another.
//
// The fields that such work needs (name, version, architecture, source, Provides, a hash of the
// files) are cached in memory, and shared: [Store.Match] answers queries, [Store.Merge] and
// [Store.Newest] compare versions, [Store.Needs] follows dependencies. Only stanzas that a query or
// a dependency needs are read. A [PackageKey] names a package for people and other programs.
package catalog
