package mirror

import (
	"context"
	"maps"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
)

// UpstreamFiles are files that mirrors left upstream, with their sizes in bytes.
type UpstreamFiles map[digest.SHA256]int64

// Bytes returns the size of all files together.
func (u UpstreamFiles) Bytes() (sum int64) {
	for _, size := range u {
		sum += size
	}
	return sum
}

// LeftUpstream returns the files of a set's members that are still upstream.
func (s *Store) LeftUpstream(ctx context.Context, tx *db.Tx, set bitset.Set) (UpstreamFiles, error) {
	if any, err := s.AnyDeferred(ctx, tx); err != nil || !any {
		return nil, err
	}
	files := UpstreamFiles{}
	for f, err := range s.catalog.FilesOf(ctx, tx, set) {
		if err != nil {
			return nil, err
		}
		files[f.SHA256] = f.Size
	}
	origins, err := s.Origins(ctx, tx, slices.Collect(maps.Keys(files)))
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(files, func(d digest.SHA256, _ int64) bool { return origins[d] == nil })
	return files, nil
}
