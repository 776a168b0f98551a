package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/problem"
)

// formsIn gives the shapes of a text that Release lists and that can be read, in
// the order of some formats.
func (r release) formsIn(path string, formats []compress.Format) (list []form) {
	for _, f := range formats {
		if expect, listed := r.files[path+f.Suffix()]; listed {
			list = append(list, form{f, path + f.Suffix(), expect})
		}
	}
	return list
}

// fetchForm gets one shape of a text, unless the pool has it.
func (s *Syncer) fetchForm(ctx context.Context, c Config, r release, f form, limit int64) (blob.Ref, error) {
	if f.expect.Size > limit {
		return blob.Ref{}, problem.New(problem.TooLarge, "%s has %d bytes, more than the limit of %d", f.path, f.expect.Size, limit)
	}
	size, err := s.Pool.Stat(ctx, f.expect.SHA256)
	if err == nil && (f.expect.Size < 0 || size == f.expect.Size) {
		return blob.Ref{SHA256: f.expect.SHA256, Size: size}, nil
	}
	if err != nil && !problem.Is(err, problem.NotFound) {
		return blob.Ref{}, fmt.Errorf("looking into the pool: %w", err)
	}
	return s.Client.Blob(ctx, s.Pool, fetch.Request{URLs: r.urls(c, f.path, f.expect), Expect: f.expect, MaxBytes: limit})
}

// checkText expands an item that is in the pool and compares that with Release.
func (s *Syncer) checkText(ctx context.Context, it item) error {
	b, err := s.Pool.Open(ctx, it.took.expect.SHA256)
	if err != nil {
		return err
	}
	defer b.Close()
	// One byte more for the empty text: no limit at all means the default.
	text, err := compress.NewReader(b, it.took.format, compress.Limits{MaxOutput: max(1, min(it.text.Size, maxItemSize))})
	if err != nil {
		return err
	}
	sum := digest.NewHasher(digest.Kinds{})
	_, err = io.Copy(sum, blob.WithContext(ctx, text))
	if err = errors.Join(err, text.Close()); err != nil {
		return err
	}
	if sum.SHA256() != it.text.SHA256 || sum.Size() != it.text.Size {
		return problem.New(problem.Untrusted, "its text is not what Release lists for %s", it.path)
	}
	return nil
}
