package usecase

import (
	"cmp"
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/problem"
)

// groupOr gives the access group that things get if nobody said.
func GroupOr(group string) string { return cmp.Or(group, access.RootGroup) }

// visibleGroups gives the access groups of which the caller may see what is in them: one
// that is asked for, or nil for all. It is never empty but for all.
func VisibleGroups(ctx context.Context, only string) ([]string, error) {
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

// becauseIf returns an error of a kind with a reason.
func BecauseIf(err error, kind problem.Kind, reason problem.Reason) error {
	if problem.Is(err, kind) {
		return problem.Because(err, reason)
	}
	return err
}
