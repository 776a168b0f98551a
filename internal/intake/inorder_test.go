package intake

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
)

func TestResultsComeInOrder(t *testing.T) {
	t.Parallel()
	items := make([]int, 100)
	for i := range items {
		items[i] = i
	}
	var running, most atomic.Int64
	work := func(_ context.Context, i int) int {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		return -i
	}
	var got []int
	for i, result := range inOrder(t.Context(), items, 3, work) {
		if result != -i {
			t.Errorf("the result of %d is %d", i, result)
		}
		got = append(got, i)
	}
	if !slices.Equal(got, items) {
		t.Errorf("got %d", got)
	}
	if most.Load() > 3 {
		t.Errorf("%d were at work", most.Load())
	}
}

func TestWorkEndsWithItsReader(t *testing.T) {
	t.Parallel()
	var begun, ended atomic.Int64
	work := func(ctx context.Context, i int) int {
		begun.Add(1)
		defer ended.Add(1)
		if i > 0 {
			<-ctx.Done()
		}
		return i
	}
	for range inOrder(t.Context(), []int{0, 1, 2, 3}, 2, work) {
		break
	}
	if begun.Load() != ended.Load() {
		t.Errorf("%d of %d are at work yet", begun.Load()-ended.Load(), begun.Load())
	}
}
