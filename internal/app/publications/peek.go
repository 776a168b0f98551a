package publications

import (
	"context"
	"errors"
	"io"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// peek opens a file, but downloads nothing.
func (s *Service) peek(ctx context.Context, f publish.Served) (io.ReadSeekCloser, error) {
	r, err := publish.Open(ctx, s.k.Pool, f)
	if !problem.Is(err, problem.NotFound) {
		return r, err
	}
	origins, originsErr := s.mirrors.Origins(ctx, f.SHA256)
	if originsErr != nil {
		return nil, originsErr
	}
	if len(origins) == 0 {
		return nil, missing(f, err)
	}
	return &upstreamFile{size: f.Size}, nil
}

// upstreamFile is a deferred file, without its bytes.
type upstreamFile struct{ size, at int64 }

// Seek implements io.Seeker.
func (f *upstreamFile) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return 0, errors.New("seeking before the start")
	}
	f.at = offset
	return offset, nil
}

// Read fails: readers of bytes open the file.
func (f *upstreamFile) Read([]byte) (int, error) {
	return 0, errors.New("the file is upstream")
}

// Close does nothing.
func (f *upstreamFile) Close() error { return nil }
