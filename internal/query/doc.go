// Package query is the language in which people choose packages: for the filter
// of a mirror, what a snapshot pulls, a search.
//
// It is aptly's query language (aptly(1), PACKAGE QUERY), which looks like a
// Debian dependency:
//
//	nginx                          packages named nginx, and those that provide it
//	nginx (>= 1.22) {amd64}        of these the newer ones, for amd64 or all
//	nginx_1.22.1-9_amd64           exactly this package
//	Priority (required)            a control field; also $Source, $PackageType …
//	Name (% lib*), !Name (~ -dev$) a glob, and not a regular expression
//	$Source (nginx) | (a, b)       or; a comma is and, and binds tighter
//
// [Parse] reads the syntax and says where it breaks; what it returns prints back
// as text that reads the same. [Compile] checks what the syntax does not know
// (fields and patterns) and gives a [Plan], which is used in two phases:
//
//	q, err := query.Parse("Name (% lib*), Maintainer (~ Debian)")
//	plan, err := query.Compile(q)
//	found, err := query.Narrow(ctx, plan, everything, index)
//	result := found.Sure
//	for id := range found.Maybe.All() {
//		if ok, err := plan.Match(ctx, read(id)); ok { … }
//	}
//
// First, [Narrow] asks an [Index] for whole sets: the packages of a name, of an
// architecture, all whose name passes a test. Terms that sets answer in full
// leave packages Sure, and nothing of those needs to be read; what no set can
// answer leaves them Maybe. Here that is the packages whose names begin with
// lib: their control fields alone must be read, and [Plan.Match] decides each.
// [Plan.Reads] tells beforehand what Match will ask for, so that a caller reads
// stanzas only for a query that looks into them.
//
// # Where it differs from aptly
//
// Terms that could only ever be mistakes are errors, where aptly finds nothing:
// globs that are malformed, unknown fields that begin with $, and Package (its
// value is Name) and the fields of files and their sums. Versions are ordered
// as dpkg does, also those with several hyphens. A dependency with a version is
// satisfied by Provides with a version too, and not by Provides without
// (policy 7.5).
//
// # Hostile queries
//
// Length, terms, nesting and patterns are bounded by [Parse] and [Compile].
// Evaluation takes time in proportion to the query, the packages and their
// fields; it looks at its context between terms and inside long texts, so the
// caller sets the limit by a deadline.
package query
