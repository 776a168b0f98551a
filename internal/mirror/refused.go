package mirror

import (
	"context"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
)

// refusals are the files that the upstream refused and that are forgiven.
type refusals map[digest.SHA256]error

// note forgives an error if the upstream refused the file, and nothing else.
func (r refusals) note(file digest.SHA256, err error) bool {
	refused := errors.Is(err, fetch.ErrUnauthorized)
	if refused {
		r[file] = err
	}
	return refused
}

// of gives the error of the first of a package's files that was refused.
func (r refusals) of(e *catalog.Entry) error {
	for _, file := range e.Files {
		if err := r[file.SHA256]; err != nil {
			return err
		}
	}
	return nil
}

// readLate reads the indexes once more when the downloads are over, and passes on
// the packages that had to wait for their files, without those whose files were
// refused. A package that nobody forgives may share such a file: that is an error.
func (f *fetching) readLate(ctx context.Context) error {
	if f.late.IsEmpty() {
		return nil
	}
	batch := make([]catalog.Entry, 0, storeBatch)
	for e, err := range f.reread().entries(ctx, f.indexes) {
		if err != nil {
			return err
		}
		refused := f.refused.of(&e.Entry)
		switch {
		case refused != nil && !e.forgiven:
			return fmt.Errorf("downloading packages: %w", refused)
		case refused != nil:
			f.skipped.addEntry(&e.Entry)
			continue
		case !f.late.Contains(e.number):
			continue
		}
		if batch = append(batch, e.Entry); len(batch) == storeBatch {
			if !f.pass(ctx, batch) {
				return context.Cause(ctx)
			}
			batch = make([]catalog.Entry, 0, storeBatch)
		}
	}
	f.pass(ctx, batch)
	f.Download -= len(f.refused)
	return nil
}
