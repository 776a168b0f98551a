// Package query is the language that selects packages: for the filter of a mirror, for
// pulls, for searches.
//
// It is aptly's query language (aptly(1), PACKAGE QUERY), which looks like a
// Debian dependency:
//
//	nginx                          packages named nginx, and packages that provide it
//	nginx (>= 1.22) {amd64}        the same, in newer versions, for amd64 or all
//	nginx_1.22.1-9_amd64           only this package
//	Priority (required)            a control field; also $Source, $PackageType, …
//	Name (% lib*), !Name (~ -dev$) a glob, and not a regular expression
//	$Source (nginx) | (a, b)       or; a comma is and, and binds tighter
//
// [Parse] parses a text, and names the position of an error; the String of its result
// parses to the same query. [Compile] checks fields and patterns and returns a [Plan],
// which is used in two phases:
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
// architecture, or with a name that passes a test. Packages for which sets prove the
// query are Sure: nothing about them needs to be read. Packages for which no set can
// decide are Maybe. In the example these are the packages with names that start with
// lib: the caller reads their control fields, and [Plan.Match] decides each. [Plan.Reads]
// reports beforehand which columns Match can use, so that a caller reads stanzas only for
// a query that needs them.
//
// # Differences from aptly
//
// Terms that can only be mistakes are errors, where aptly finds nothing: malformed globs,
// unknown fields that start with $, Package (use Name), and the fields of files and their
// sums. Versions are ordered as by dpkg, also with several hyphens. Provides satisfies a
// dependency with a version only if it has a version itself (policy 7.5).
//
// # Hostile queries
//
// [Parse] and [Compile] limit length, terms, nesting and patterns. The time of an
// evaluation is in proportion to the query, the packages and their fields. It checks its
// context between terms and inside long texts, so the caller limits it with a deadline.
package query
