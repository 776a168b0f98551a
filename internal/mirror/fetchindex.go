package mirror

import (
	"context"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/compress"
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
func (r release) forms(path string) []form { return r.formsIn(path, formats) }

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

// fetchIndex gets the first form of an index that the upstream really has: of a
// verbatim mirror, in the order that its clients like.
func (s *Syncer) fetchIndex(ctx context.Context, c Config, r release, x *index) error {
	order := formats
	if c.Verbatim {
		order = smallestFirst
	}
	var first error
	for _, f := range r.formsIn(x.path, order) {
		ref, err := s.fetchForm(ctx, c, r, f, maxIndex)
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
