package publications

import (
	"context"
	"io"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/hold"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// foundFile is a file as a reader found it, and how many rounds of collecting garbage had
// begun before.
type foundFile struct {
	publish.Served
	path string
	seen int64
}

// opener gives the bytes of a file that was found.
type opener func(context.Context, publish.Served) (io.ReadSeekCloser, error)

// openHeld opens a file so that no collection of garbage takes away the pieces that
// its reader has not come to yet. Where one began since the file was found, it is
// looked for again: it may be kept no more.
func (s *Service) openHeld(ctx context.Context, f foundFile, open opener) (io.ReadSeekCloser, error) {
	held := s.k.Holds.HoldForReader("a reader", usecase.ReaderPatience)
	if s.k.Holds.Rounds() != f.seen {
		again, err := s.find(ctx, f.path)
		if err != nil {
			held.Release()
			return nil, err
		}
		if again.SHA256 != f.SHA256 { // the headers tell of the other one already
			held.Release()
			return nil, problem.New(problem.Unavailable, "%s changed this moment", f.path).WithHint("try again")
		}
		f.Served = again.Served
	}
	r, err := open(ctx, f.Served)
	if err != nil {
		held.Release()
		return nil, err
	}
	if _, whole := r.(blob.Blob); whole { // it is open, and read to the end whatever becomes of it
		held.Release()
		return r, nil
	}
	return &heldReader{r, held}, nil
}

// heldReader holds the pool for as long as its file is open.
type heldReader struct {
	io.ReadSeekCloser
	hold *hold.Hold
}

// Close closes the file.
func (r *heldReader) Close() error {
	defer r.hold.Release()
	return r.ReadSeekCloser.Close()
}
