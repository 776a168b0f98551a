package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// every returns all items of a list as clients see them. The result is never nil.
func every[A, B any](ctx context.Context, list func(context.Context, usecase.Page) (usecase.List[A], error), show func(A) B) ([]B, error) {
	all, err := usecase.Every(ctx, list)
	return usecase.Map(all, show), err
}

// pageParameters select a part of a list.
type pageParameters struct {
	Limit  int64 `param:"limit,optional" default:"1000" doc:"Maximum number of items, from 1 to 1000."`
	Offset int64 `param:"offset,optional" default:"0" doc:"How many to pass over before."`
}

// maxOffset limits the offset in lists.
const maxOffset = 1 << 30

func (in pageParameters) check() error {
	if in.Limit < 1 || in.Limit > 1000 {
		return wire.Invalid("limit", "%d is not from 1 to 1000", in.Limit)
	}
	if in.Offset < 0 || in.Offset > maxOffset {
		return wire.Invalid("offset", "%d is not from 0 to %d", in.Offset, maxOffset)
	}
	return nil
}
