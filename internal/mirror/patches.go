package mirror

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// isPatchList tells the lists of an index's patches: Packages.diff/Index.
func isPatchList(name string) bool { return path.Base(name) == "Index" && classOf(name) == PDiffs }

// takesPatchesOf tells whether a mirror takes the patches of a list, which it does
// where it takes the index that they lead to.
func (c Config) takesPatchesOf(list string) bool {
	if !c.Takes(PDiffs) {
		return false
	}
	index := strings.TrimSuffix(path.Dir(list), ".diff")
	switch class := classOf(index); {
	case strings.HasPrefix(index, "debian-installer/"):
		return c.UDebs
	case class == listing:
		return true
	default:
		return c.Takes(class)
	}
}

// maxPatchList bounds a list of patches; Debian's have some 30 KB.
const maxPatchList = 16 << 20

// patches gives the patches of indexes, from the lists that were fetched. A list
// without SHA-256 sums has none that could be checked.
func (s *Syncer) patches(ctx context.Context, items []item) (found []item, err error) {
	for _, list := range items {
		if !isPatchList(list.name) || list.absent {
			continue
		}
		text, err := s.readSmall(ctx, list.entry.Files[0].SHA256, maxPatchList)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", list.path, err)
		}
		stanza, err := deb822.Parse(text)
		if err != nil {
			return nil, problem.New(problem.Untrusted, "reading the list of patches: %w", err).In(list.path)
		}
		for sum, err := range deb822.ReleaseChecksums(stanza.Get("SHA256-Download"), deb822.SHA256) {
			var d digest.SHA256
			if err == nil {
				d, err = digest.Parse(string(sum.Sum))
			}
			if err == nil {
				err = catalog.CheckFileName(string(sum.Name))
			}
			if err != nil {
				return nil, problem.New(problem.Untrusted, "reading the list of patches: %w", err).In(list.path)
			}
			if found = append(found, list.beside(string(sum.Name), blob.Expect{SHA256: d, Size: sum.Size})); len(found) > maxItems {
				return nil, tooManyItems()
			}
		}
	}
	return found, nil
}

// readSmall gives a blob of at most limit bytes.
func (s *Syncer) readSmall(ctx context.Context, name digest.SHA256, limit int64) ([]byte, error) {
	b, err := s.Pool.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	text, err := io.ReadAll(io.LimitReader(b, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = problem.New(problem.TooLarge, "it has more than %d bytes", limit)
	}
	return text, err
}
