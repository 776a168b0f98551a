package mirror

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// isImageSums reports whether a file lists the installer's images with their sums. Ubuntu 20.04 has
// it in legacy-images.
func isImageSums(name string) bool {
	folder, file := path.Split(name)
	_, below, _ := strings.Cut(folder, "/")
	return strings.HasPrefix(name, "installer-") && file == "SHA256SUMS" && (below == "current/images/" || below == "current/legacy-images/")
}

// images returns the installer's images, from the fetched lists.
func (s *Syncer) images(ctx context.Context, items []item) (list []item, err error) {
	known := map[string]bool{}
	for _, sums := range items {
		if !isImageSums(sums.name) || sums.absent {
			continue
		}
		found, err := s.readSums(ctx, sums)
		if err != nil {
			return nil, err
		}
		for _, image := range found {
			if !known[image.path] {
				known[image.path] = true
				list = append(list, image)
			}
		}
		if len(list) > maxItems {
			return nil, tooManyItems()
		}
	}
	return list, nil
}

// readSums returns the images of a list of sums in the pool.
func (s *Syncer) readSums(ctx context.Context, sums item) (list []item, err error) {
	b, err := s.Pool.Open(ctx, sums.entry.Files[0].SHA256)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	for image, err := range imageSums(b) {
		if err != nil {
			return nil, problem.New(problem.Untrusted, "reading the list of images: %w", err).In(sums.path)
		}
		list = append(list, sums.beside(image.name, blob.Expect{SHA256: image.sum, Size: -1}))
		if len(list) > maxItems {
			return nil, tooManyItems()
		}
	}
	return list, nil
}

// beside returns an item that the list it names in its own folder.
func (it item) beside(name string, expect blob.Expect) item {
	at := path.Dir(it.path) + "/" + name
	return item{path: at, name: path.Dir(it.name) + "/" + name, component: it.component, forms: []form{{compress.None, at, expect}}}
}

// imageSum is a line of a list of sums.
type imageSum struct {
	name string // a path below the list's own folder
	sum  digest.SHA256
}

// imageSums reads the output of sha256sum(1): a sum, a space, a space or an asterisk, and a path.
// It ends at the first error.
func imageSums(text io.Reader) iter.Seq2[imageSum, error] {
	return func(yield func(imageSum, error) bool) {
		lines := bufio.NewScanner(text)
		for lines.Scan() {
			image, err := parseImageSum(lines.Text())
			if !yield(image, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(imageSum{}, err)
		}
	}
}

func parseImageSum(line string) (image imageSum, err error) {
	hex, name, ok := strings.Cut(line, " ")
	if image.sum, err = digest.Parse(hex); err != nil || !ok {
		return image, problem.New(problem.Invalid, "%.100q is not a line of sums", line)
	}
	image.name, err = catalog.CleanPath(strings.TrimLeft(name, " *"))
	return image, err
}

// isPatchList reports whether a file lists the patches of an index: Packages.diff/Index.
func isPatchList(name string) bool { return path.Base(name) == "Index" && classOf(name) == PDiffs }

// takesPatchesOf reports whether a mirror copies the patches of a list: it does if it copies the
// patched index.
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

// patches returns the patches of indexes, from the fetched lists. It ignores patches without
// SHA-256 sums.
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

func (s *Syncer) readSmall(ctx context.Context, name digest.SHA256, limit int64) ([]byte, error) {
	b, err := s.Pool.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	text, err := io.ReadAll(io.LimitReader(b, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = problem.New(problem.TooLarge, "the file has more than %d bytes", limit)
	}
	return text, err
}
