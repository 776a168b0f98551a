package mirror

import (
	"context"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/problem"
)

// maxIndex bounds an index, plain or not, whose size Release does not tell. The
// largest of Debian has some 60 MB.
const maxIndex = 4 << 30

// form is one of the shapes of an index that Release lists.
type form struct {
	format compress.Format
	path   string
	expect blob.Expect
}

// formats are in the order in which they are tried: quick to read and small first.
var formats = []compress.Format{compress.Zstd, compress.XZ, compress.Gzip, compress.Bzip2, compress.LZ4, compress.None}

// forms gives the shapes of an index that can be read.
func (r release) forms(path string) (list []form) {
	for _, f := range formats {
		if expect, listed := r.files[path+f.Suffix()]; listed {
			list = append(list, form{f, path + f.Suffix(), expect})
		}
	}
	return list
}

// urls gives the places of a file that Release lists, by its hash first where the
// archive offers that. What Release does not list has no place by hash.
func (r release) urls(c Config, path string, expect blob.Expect) []string {
	plain := join(c.base(), path)
	if _, listed := r.files[path]; !r.byHash || !listed {
		return []string{plain}
	}
	directory := path[:strings.LastIndexByte(path, '/')+1]
	return []string{join(c.base(), directory+"by-hash/SHA256/"+expect.SHA256.String()), plain}
}

// fetchIndex gets the first form of an index that the upstream really has.
func (s *Syncer) fetchIndex(ctx context.Context, c Config, r release, x *index) error {
	var first error
	for _, f := range r.forms(x.path) {
		if f.expect.Size > maxIndex {
			return problem.New(problem.TooLarge, "%s has %d bytes, more than the limit of %d", f.path, f.expect.Size, int64(maxIndex))
		}
		ref, err := s.get(ctx, r.urls(c, f.path, f.expect), f.expect)
		if err == nil {
			x.format, x.stored = f.format, ref
			return nil
		}
		if first == nil {
			first = fmt.Errorf("fetching %s: %w", f.path, err)
		}
		if !absent(err) {
			return first
		}
	}
	return first
}
