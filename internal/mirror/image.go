package mirror

import (
	"bufio"
	"context"
	"io"
	"iter"
	"path"
	"strings"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// isImageSums tells the lists of the installer's images, which Release lists with
// their own sums. Ubuntu 20.04 has them in legacy-images.
func isImageSums(name string) bool {
	folder, file := path.Split(name)
	_, below, _ := strings.Cut(folder, "/")
	return strings.HasPrefix(name, "installer-") && file == "SHA256SUMS" && (below == "current/images/" || below == "current/legacy-images/")
}

// images gives the installer's images, from the lists that were fetched.
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

// readSums gives the images of a list of sums that is in the pool.
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

// beside gives an item that a list in the same folder names.
func (it item) beside(name string, expect blob.Expect) item {
	at := path.Dir(it.path) + "/" + name
	return item{path: at, name: path.Dir(it.name) + "/" + name, component: it.component, forms: []form{{compress.None, at, expect}}}
}

// imageSum is a line of a list of sums.
type imageSum struct {
	name string // a path below the list's own folder
	sum  digest.SHA256
}

// imageSums reads what sha256sum(1) writes: a sum, a space, a space or an asterisk,
// and a path. It ends at the first error.
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
