package mirror

import (
	"bufio"
	"context"
	"path"
	"strings"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
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

// readSums reads what sha256sum(1) writes: a sum, a space, a space or an asterisk,
// and a path below the list's own folder.
func (s *Syncer) readSums(ctx context.Context, sums item) (list []item, err error) {
	b, err := s.Pool.Open(ctx, sums.entry.Files[0].SHA256)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	lines := bufio.NewScanner(b)
	for lines.Scan() {
		hex, name, ok := strings.Cut(lines.Text(), " ")
		sum, err := digest.Parse(hex)
		if !ok || err != nil {
			return nil, problem.New(problem.Untrusted, "%.100q is not a line of sums", lines.Text()).In(sums.path)
		}
		if name, err = catalog.CleanPath(strings.TrimLeft(name, " *")); err != nil {
			return nil, problem.New(problem.Untrusted, "%w", err).In(sums.path)
		}
		image := sums
		image.path, image.name = path.Dir(sums.path)+"/"+name, path.Dir(sums.name)+"/"+name
		image.expect, image.entry = blob.Expect{SHA256: sum, Size: -1}, catalog.Entry{}
		if list = append(list, image); len(list) > maxItems {
			return nil, tooManyItems()
		}
	}
	if err := lines.Err(); err != nil {
		return nil, problem.New(problem.Untrusted, "reading the list of images: %w", err).In(sums.path)
	}
	return list, nil
}
