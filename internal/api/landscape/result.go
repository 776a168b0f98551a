package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// every reads a list to its end, page by page, and shows what is chosen. Without any it
// is an empty list.
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

// each shows all of a list. Without any it is an empty list.
func each[A, B any](list []A, show func(A) B) []B {
	shown := make([]B, len(list))
	for i, a := range list {
		shown[i] = show(a)
	}
	return shown
}
