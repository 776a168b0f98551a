package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// every reads all pages of a list, and returns the chosen items as clients see them. The
// result is never nil.
func every[A, B any](ctx context.Context, list func(context.Context, usecase.Page) (usecase.List[A], error), show func(A) (B, bool)) ([]B, error) {
	found := []B{}
	for page := (usecase.Page{Limit: 500}); ; {
		part, err := list(ctx, page)
		if err != nil {
			return nil, err
		}
		for _, each := range part.Items {
			if shown, chosen := show(each); chosen {
				found = append(found, shown)
			}
		}
		if page.After = part.Next; page.After == "" {
			return found, nil
		}
	}
}

// each returns all items of a list as clients see them. The result is never nil.
func each[A, B any](list []A, show func(A) B) []B {
	shown := make([]B, len(list))
	for i, a := range list {
		shown[i] = show(a)
	}
	return shown
}
