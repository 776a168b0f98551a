package usecase

import (
	"cmp"
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/problem"
)

// GroupOr returns the access group of a new object: group, or the root group if that is empty.
func GroupOr(group string) string { return cmp.Or(group, access.RootGroup) }

// VisibleGroups returns the access groups whose objects the caller may read: only the given
// one if there is one, and nil if the caller may read all groups. An empty list that is not
// nil does not occur.
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

// BecauseIf adds a reason to an error of a kind, and returns other errors as they are.
func BecauseIf(err error, kind problem.Kind, reason problem.Reason) error {
	if problem.Is(err, kind) {
		return problem.Because(err, reason)
	}
	return err
}
