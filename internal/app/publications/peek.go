package publications

import (
	"context"
	"errors"
	"io"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// peek opens a file that was found, but fetches nothing.
func (svc *Service) peek(ctx context.Context, s publish.Served) (io.ReadSeekCloser, error) {
	r, err := publish.Open(ctx, svc.k.Pool, s)
	if !problem.Is(err, problem.NotFound) {
		return r, err
	}
	origins, originsErr := svc.mirrors.Origins(ctx, s.SHA256)
	if originsErr != nil {
		return nil, originsErr
	}
	if len(origins) == 0 {
		return nil, missing(s, err)
	}
	return &upstreamFile{size: s.Size}, nil
}

// upstreamFile stands for a file that is not here.
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

// Read fails: who wants bytes opens the file.
func (f *upstreamFile) Read([]byte) (int, error) {
	return 0, errors.New("the file is upstream")
}

// Close does nothing.
func (f *upstreamFile) Close() error { return nil }
