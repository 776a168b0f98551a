package intake

import (
	"context"
	"iter"
	"sync"
)

// inOrder does work on items, several at a time, and returns the results in the order of the items.
// It never runs far ahead of its reader; when the reader stops, the context of the work ends, and
// all work has ended when the loop has.
func inOrder[In, Out any](ctx context.Context, items []In, atOnce int, work func(context.Context, In) Out) iter.Seq2[In, Out] {
	return func(yield func(In, Out) bool) {
		ctx, stop := context.WithCancel(ctx)
		var all sync.WaitGroup
		defer all.Wait()
		defer stop()
		started := make(chan chan Out, atOnce-1)
		all.Go(func() {
			defer close(started)
			for _, item := range items {
				result := make(chan Out, 1)
				select {
				case started <- result:
					all.Go(func() { result <- work(ctx, item) })
				case <-ctx.Done():
					return
				}
			}
		})
		for _, item := range items {
			result, ok := <-started
			if !ok || !yield(item, <-result) {
				return
			}
		}
	}
}
