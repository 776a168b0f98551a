package mirror

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/problem"
)

// item is a file of the suite that is no package and is mirrored all the same: see
// [catalog.Index].
type item struct {
	path      string // relative to Release
	component string
	name      string      // below the component's folder
	expect    blob.Expect // of size -1 when nobody tells it
	absent    bool        // after it was asked for
	entry     catalog.Entry
}

// Bounds of the items of one suite. Debian's have some hundred, none of more than a
// gigabyte.
const (
	maxItems    = 10_000
	maxItemSize = 4 << 30
)

// items lists the items of the release that the config wants, without the images
// of the installer: its lists of sums alone are in Release.
func (r release) items(c Config) (list []item, err error) {
	if !c.AppStream && !c.Installer {
		return nil, nil
	}
	architectures := r.wantedArchitectures(c)
	for _, path := range slices.Sorted(maps.Keys(r.files)) {
		component, name, ok := r.splitItem(c, path)
		if !ok {
			continue
		}
		appStream := c.AppStream && strings.HasPrefix(name, "dep11/")
		if a := catalog.ItemArchitecture(name); !appStream && !(c.Installer && isImageSums(name)) || a != "all" && !slices.Contains(architectures, a) {
			continue
		}
		if list = append(list, item{path: path, component: component, name: name, expect: r.files[path]}); len(list) > maxItems {
			return nil, tooManyItems()
		}
	}
	return list, nil
}

func tooManyItems() error {
	return problem.New(problem.TooLarge, "the suite has more than %d files of AppStream and the installer", maxItems).WithHint("mirror fewer components or architectures")
}

// splitItem tells which of the wanted components a file is in.
func (r release) splitItem(c Config, path string) (component, name string, ok bool) {
	components := c.Components
	if len(components) == 0 {
		components = r.components
	}
	for _, component := range components {
		if name, ok := strings.CutPrefix(path, component+"/"); ok {
			return component, name, true
		}
	}
	return "", "", false
}

func (r release) wantedArchitectures(c Config) []string {
	if len(c.Architectures) > 0 {
		return c.Architectures
	}
	return r.architectures
}

// fetchItems gets what is wanted besides packages, the images of the installer
// included, and gives warnings about what is listed and not there.
func (s *Syncer) fetchItems(ctx context.Context, c Config, r release, progress Progress) (entries []catalog.Entry, warnings []string, err error) {
	list, err := r.items(c)
	if err != nil {
		return nil, nil, err
	}
	if err := s.fetchAll(ctx, c, r, list, progress); err != nil {
		return nil, nil, err
	}
	images, err := s.images(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	if err := s.fetchAll(ctx, c, r, images, progress); err != nil {
		return nil, nil, err
	}
	for _, it := range append(list, images...) {
		if it.absent {
			warnings = append(warnings, fmt.Sprintf("the upstream lists %s and does not have it", it.path))
			continue
		}
		entries = append(entries, it.entry)
	}
	if c.Installer && len(images) == 0 {
		warnings = append(warnings, "the upstream has no images of the installer")
	}
	if len(warnings) > maxItemWarnings {
		warnings = append(warnings[:maxItemWarnings], fmt.Sprintf("and %d more like these", len(warnings)-maxItemWarnings))
	}
	return entries, warnings, nil
}

const maxItemWarnings = 10

func (s *Syncer) fetchAll(ctx context.Context, c Config, r release, list []item, progress Progress) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	progress("indexes", 0, int64(len(list)), 0, 0)
	for i := range list {
		group.Go(func() error {
			it := &list[i]
			ref, err := s.fetchItem(ctx, c, r, *it)
			if absent(err) {
				it.absent = true
				return nil
			}
			if err != nil {
				return fmt.Errorf("fetching %s: %w", it.path, err)
			}
			it.entry, err = catalog.FromIndexItem(it.name, catalog.File{Size: ref.Size, SHA256: ref.SHA256}, it.component)
			return err
		})
	}
	return group.Wait()
}

// fetchItem gets an item. One that is listed in a compressed form too is expanded
// from that: archives list plain texts that they do not have.
func (s *Syncer) fetchItem(ctx context.Context, c Config, r release, it item) (blob.Ref, error) {
	if it.expect.Size > maxItemSize {
		return blob.Ref{}, problem.New(problem.TooLarge, "it has %d bytes, more than the limit of %d", it.expect.Size, int64(maxItemSize))
	}
	if size, err := s.Pool.Stat(ctx, it.expect.SHA256); err == nil && (it.expect.Size < 0 || size == it.expect.Size) {
		return blob.Ref{SHA256: it.expect.SHA256, Size: size}, nil
	}
	for _, f := range r.forms(it.path) {
		if f.format == compress.None || it.expect.Size < 0 {
			continue
		}
		ref, err := s.expand(ctx, c, r, f, it.expect)
		if err == nil || !absent(err) {
			return ref, err
		}
	}
	return s.Client.Blob(ctx, s.Pool, fetch.Request{URLs: r.urls(c, it.path, it.expect), Expect: it.expect, MaxBytes: maxItemSize})
}

// expand gets the compressed form of a text and stores the text.
func (s *Syncer) expand(ctx context.Context, c Config, r release, f form, text blob.Expect) (blob.Ref, error) {
	packed, err := s.Client.Blob(ctx, s.Pool, fetch.Request{URLs: r.urls(c, f.path, f.expect), Expect: f.expect})
	if err != nil {
		return blob.Ref{}, err
	}
	b, err := s.Pool.Open(ctx, packed.SHA256)
	if err != nil {
		return blob.Ref{}, err
	}
	defer b.Close()
	plain, err := compress.NewReader(b, f.format, compress.Limits{MaxOutput: max(1, text.Size)})
	if err != nil {
		return blob.Ref{}, err
	}
	defer plain.Close()
	return blob.Put(ctx, s.Pool, plain, text)
}
