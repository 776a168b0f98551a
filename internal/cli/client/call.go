package client

import (
	"context"
	"encoding/json"
	"io"
	"iter"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// Call sends an input to a route and returns the answer. An answer of type []byte is the body
// as it is.
func Call[In, Out any](ctx context.Context, c *Client, route routes.Route[In, Out], in In) (out Out, err error) {
	r, err := encode(route.Method, route.Path, in)
	if err != nil {
		return out, err
	}
	return receive[Out](ctx, c, r)
}

// Do sends an input to a route whose answer is empty.
func Do[In any](ctx context.Context, c *Client, route routes.Route[In, routes.None], in In) error {
	_, err := Call(ctx, c, route, in)
	return err
}

// receive sends a request and reads its answer.
func receive[Out any](ctx context.Context, c *Client, r request) (out Out, err error) {
	answer, err := c.send(ctx, r)
	if err != nil {
		return out, err
	}
	defer answer.Body.Close()
	body := io.LimitReader(answer.Body, maxAnswer)
	switch o := any(&out).(type) {
	case *routes.None:
		return out, nil
	case *[]byte:
		*o, err = io.ReadAll(body)
	default:
		err = json.NewDecoder(body).Decode(o)
	}
	if err != nil {
		err = problem.New(problem.Upstream, "the server's answer is cut short or garbled: %w", err)
	}
	return out, err
}

// paged is an input of a list; [routes.Paging] implements it.
type paged[In any] interface {
	*In
	Part(after string, limit int)
}

// pageLimit is the number of items that [All] asks for at once, the most that a server sends.
const pageLimit = 500

// All returns the items of a list, page after page. It ends after the first error.
func All[In, T any, P paged[In]](ctx context.Context, c *Client, route routes.Route[In, usecase.List[T]], in In) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for after := ""; ; {
			P(&in).Part(after, pageLimit)
			list, err := Call(ctx, c, route, in)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range list.Items {
				if !yield(item, nil) {
					return
				}
			}
			if after = list.Next; after == "" {
				return
			}
		}
	}
}
