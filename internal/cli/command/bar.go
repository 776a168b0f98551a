package command

import (
	"io"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// bar is progress for terminals: one line that is drawn again and again, and
// wiped at the end.
type bar struct {
	drawing *mpb.Progress
	line    *mpb.Bar

	mu   sync.Mutex
	now  usecase.Activity
	rate rate
}

func newBar(w io.Writer) *bar {
	b := &bar{drawing: mpb.New(mpb.WithOutput(w), mpb.WithWidth(30), mpb.WithAutoRefresh())}
	b.line = b.drawing.AddBar(0, // with a total from the start it could not be changed
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return b.subject() + " " })),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return " " + b.text() })),
	)
	return b
}

func (b *bar) subject() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now.Subject
}

func (b *bar) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now.Progress.Phase == "" {
		return b.now.Status
	}
	return Describe(b.now.Progress, b.rate.value())
}

// See draws by bytes if they are known, because they measure the work better than files.
func (b *bar) See(a usecase.Activity) {
	at := a.Progress
	b.mu.Lock()
	b.now = a
	b.rate.see(at.DoneBytes)
	b.mu.Unlock()
	done, total := at.Done, at.Total
	if at.TotalBytes > 0 {
		done, total = at.DoneBytes, at.TotalBytes
	}
	b.line.SetTotal(max(total, 1), false)
	b.line.SetCurrent(min(done, max(total, 0)))
}

func (b *bar) End() {
	b.line.Abort(true)
	b.drawing.Wait()
}
