package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// paged makes a handler of a use case that lists a page.
func paged[O any](do func(context.Context, usecase.Page) (O, error)) func(context.Context, *routes.Paging) (O, error) {
	return func(ctx context.Context, in *routes.Paging) (O, error) { return do(ctx, in.Page()) }
}

// named makes a handler of a use case about one thing.
func named[O any](do func(context.Context, string) (O, error)) func(context.Context, *routes.Named) (O, error) {
	return func(ctx context.Context, in *routes.Named) (O, error) { return do(ctx, in.Name) }
}

// namedEmpty is named for a use case without an answer.
func namedEmpty(do func(context.Context, string) error) func(context.Context, *routes.Named) error {
	return func(ctx context.Context, in *routes.Named) error { return do(ctx, in.Name) }
}

// body makes a handler of a use case that takes the body of the request.
func body[B, O any](do func(context.Context, B) (O, error)) func(context.Context, *routes.Body[B]) (O, error) {
	return func(ctx context.Context, in *routes.Body[B]) (O, error) { return do(ctx, in.Body) }
}

// namedBody makes a handler of a use case about one thing that takes the body of the request.
func namedBody[B, O any](do func(context.Context, string, B) (O, error)) func(context.Context, *routes.NamedBody[B]) (O, error) {
	return func(ctx context.Context, in *routes.NamedBody[B]) (O, error) { return do(ctx, in.Name, in.Body) }
}

// atPocket makes a handler of a use case about one pocket.
func atPocket[O any](do func(context.Context, pockets.Path) (O, error)) func(context.Context, *routes.PocketPath) (O, error) {
	return func(ctx context.Context, in *routes.PocketPath) (O, error) { return do(ctx, pockets.Path(*in)) }
}

// orZero returns an optional body, or the zero value for none.
func orZero[T any](body *T) (value T) {
	if body != nil {
		value = *body
	}
	return value
}

// instant returns the time of the parameter at; 0: none.
func instant(at string) (int64, error) {
	if at == "" {
		return 0, nil
	}
	return usecase.ParseInstant("at", at)
}
