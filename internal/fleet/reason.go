package fleet

import "github.com/aptarium/aptarium/internal/problem"

// Reasons of problems with profiles, tags, APT sources and saved searches.
const (
	UnknownProfile     problem.Reason = "profile.unknown"
	UnknownTag         problem.Reason = "tag.unknown"
	UnknownSource      problem.Reason = "apt-source.unknown"
	DuplicateSource    problem.Reason = "apt-source.duplicate"
	InvalidLine        problem.Reason = "apt-source.line"
	SourceInUse        problem.Reason = "apt-source.in-use"
	UnknownSearch      problem.Reason = "search.unknown"
	DuplicateSearch    problem.Reason = "search.duplicate"
	InvalidSearchName  problem.Reason = "search.name"
	InvalidSearchQuery problem.Reason = "search.query"
)
