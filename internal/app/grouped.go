package app

import (
	"cmp"
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/problem"
)

// groupOr gives the access group that things get if nobody said.
func groupOr(group string) string { return cmp.Or(group, access.RootGroup) }

// visibleGroups gives the access groups of which the caller may see what is in them: one
// that is asked for, or nil for all. It is never empty but for all.
func visibleGroups(ctx context.Context, only string) ([]string, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	if only != "" {
		return []string{only}, access.RequireIn(ctx, access.Read, only)
	}
	if access.AllowedIn(ctx, access.Read, access.RootGroup) {
		return nil, nil
	}
	p, _ := access.From(ctx)
	return p.Rights[access.Read], nil
}

// maxNames bounds what a call names.
const maxNames = 500

func fewNames(names []string) error {
	if len(names) > maxNames {
		return problem.New(problem.TooLarge, "%d names are given, more than %d", len(names), maxNames).In("names").WithHint("ask several times")
	}
	return nil
}

// becauseIf returns an error of a kind with a reason.
func becauseIf(err error, kind problem.Kind, reason problem.Reason) error {
	if problem.Is(err, kind) {
		return problem.Because(err, reason)
	}
	return err
}

// unique gives names once each, sorted.
func unique(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }
