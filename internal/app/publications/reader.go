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

// foundFile is a file as a reader found it, with the number of earlier rounds of garbage
// collection.
type foundFile struct {
	publish.Served
	path string
	seen int64
}

// opener returns the bytes of a file that was found.
type opener func(context.Context, publish.Served) (io.ReadSeekCloser, error)

// openHeld opens a file and protects its pieces from garbage collection until it is closed. If
// a round of collection began since the file was found, it searches again: the file may be
// gone.
func (s *Service) openHeld(ctx context.Context, f foundFile, open opener) (io.ReadSeekCloser, error) {
	held := s.k.Holds.HoldForReader("a reader", usecase.ReaderPatience)
	if s.k.Holds.Rounds() != f.seen {
		again, err := s.find(ctx, f.path)
		if err != nil {
			held.Release()
			return nil, err
		}
		if again.SHA256 != f.SHA256 { // the headers are already those of the other one
			held.Release()
			return nil, problem.New(problem.Unavailable, "%s changed just now", f.path).WithHint("try again")
		}
		f.Served = again.Served
	}
	r, err := open(ctx, f.Served)
	if err != nil {
		held.Release()
		return nil, err
	}
	if _, whole := r.(blob.Blob); whole { // it stays readable, even if it is deleted
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
