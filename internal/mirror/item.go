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
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// item is a mirrored file of the suite that is not a package: see [catalog.Index]. Of the forms
// that Release lists, one is downloaded.
type item struct {
	path      string // of the text, relative to Release
	component string // "" for the whole suite
	name      string // below the component's folder
	forms     []form // in the order of the tries
	text      blob.Expect
	known     bool // Release lists the plain text
	took      form // the downloaded form
	absent    bool // known after the request
	entry     catalog.Entry
}

// Bounds of the items of one suite. Debian's have some hundred, none of more than a
// gigabyte.
const (
	maxItems    = 10_000
	maxItemSize = 4 << 30
)

// items returns the items of the release that the config wants, without images of the installer and
// patches, which other files list.
func (r release) items(c Config) (list []item, err error) {
	if len(c.With) == 0 && !c.Verbatim {
		return nil, nil
	}
	architectures := r.wantedArchitectures(c)
	seen := map[string]bool{}
	for _, listed := range slices.Sorted(maps.Keys(r.files)) {
		text := strings.TrimSuffix(listed, compress.FormatOf(listed).Suffix())
		component, name, ok := r.splitItem(c, text)
		if !ok || seen[text] || !c.takesItem(name) || !slices.Contains(architectures, catalog.ItemArchitecture(name)) {
			continue
		}
		seen[text] = true
		it := item{path: text, component: component, name: name, forms: r.formsIn(text, preferred(name))}
		it.text, it.known = r.files[text]
		if list = append(list, it); len(list) > maxItems {
			return nil, tooManyItems()
		}
	}
	return list, nil
}

// takesItem reports whether a config copies a listed file.
func (c Config) takesItem(name string) bool {
	switch class := classOf(name); class {
	case listing:
		return false
	case Installer: // Release lists only the lists of its images
		return isImageSums(name) && c.Takes(class)
	case PDiffs:
		return isPatchList(name) && c.takesPatchesOf(name)
	case other:
		return slices.Contains(c.With, All)
	default:
		return c.Takes(class)
	}
}

// preferred returns the formats of a text in the order of the tries. apt stores AppStream metadata
// as gz, so Debian and Ubuntu publish that.
func preferred(name string) []compress.Format {
	if classOf(name) == AppStream {
		return []compress.Format{compress.Gzip, compress.XZ, compress.Zstd, compress.Bzip2, compress.LZ4, compress.None}
	}
	return smallestFirst
}

// smallestFirst are the formats in an order that keeps a pool small and that old clients support.
var smallestFirst = []compress.Format{compress.XZ, compress.Gzip, compress.Zstd, compress.Bzip2, compress.LZ4, compress.None}

func tooManyItems() error {
	return problem.New(problem.TooLarge, "the suite has more than %d files besides packages", maxItems).WithHint("mirror fewer components, architectures or classes of files")
}

// splitItem returns the wanted component of a file. A file outside components describes all of
// them, so it is wanted if all are.
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
	for _, unwanted := range r.components {
		if strings.HasPrefix(path, unwanted+"/") || !slices.Contains(components, unwanted) {
			return "", "", false
		}
	}
	return "", path, true
}

// wantedArchitectures returns the architectures of the wanted items: "all" for items of no certain
// architecture.
func (r release) wantedArchitectures(c Config) []string {
	list := c.Architectures
	if len(list) == 0 {
		list = r.architectures
	}
	if c.Sources {
		list = append(slices.Clone(list), "source")
	}
	return append(slices.Clone(list), "all")
}

// fetchItems downloads the wanted items, including files that lists among them name, and returns
// warnings about listed files that are missing. It checks the texts that are new to the mirror.
func (p *Plan) fetchItems(ctx context.Context, d *db.DB, r release, progress Progress) (warnings []string, err error) {
	list, err := r.items(p.mirror.Config)
	if err != nil {
		return nil, err
	}
	if err := p.fetchAll(ctx, r, list, progress); err != nil {
		return nil, err
	}
	images, err := p.syncer.images(ctx, list)
	if err != nil {
		return nil, err
	}
	patches, err := p.syncer.patches(ctx, list)
	if err != nil {
		return nil, err
	}
	more := append(images, patches...)
	if err := p.fetchAll(ctx, r, more, progress); err != nil {
		return nil, err
	}
	list = append(list, more...)
	if err := p.checkTexts(ctx, d, list); err != nil {
		return nil, err
	}
	for _, it := range list {
		if it.absent {
			warnings = append(warnings, fmt.Sprintf("the upstream lists %s and does not have it", it.forms[0].path))
			continue
		}
		p.items = append(p.items, it.entry)
	}
	if p.mirror.Config.Takes(Installer) && len(images) == 0 {
		warnings = append(warnings, "the upstream has no images of the installer")
	}
	if len(warnings) > maxItemWarnings {
		warnings = append(warnings[:maxItemWarnings], fmt.Sprintf("and %d more like these", len(warnings)-maxItemWarnings))
	}
	return warnings, nil
}

const maxItemWarnings = 10

func (p *Plan) fetchAll(ctx context.Context, r release, list []item, progress Progress) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	progress.indexes(len(list))
	for i := range list {
		group.Go(func() error {
			err := p.syncer.fetchItem(ctx, p.mirror.Config, r, &list[i])
			return problem.While(err, "fetching %s", list[i].path)
		})
	}
	return group.Wait()
}

// fetchItem downloads the first form of an item that the upstream really has; none is no error.
func (s *Syncer) fetchItem(ctx context.Context, c Config, r release, it *item) error {
	for _, f := range it.forms {
		ref, err := s.fetchForm(ctx, c, r, f, maxItemSize)
		if absent(err) {
			continue
		}
		if err != nil {
			return err
		}
		it.took = f
		it.entry, err = catalog.FromIndexItem(it.name+f.format.Suffix(), catalog.File{Size: ref.Size, SHA256: ref.SHA256}, it.component)
		if it.known && f.format != compress.None {
			it.entry = it.entry.Expanding(catalog.Text{SHA256: it.text.SHA256, Size: it.text.Size})
		}
		return err
	}
	it.absent = true
	return nil
}

// checkTexts compares the decompressed new items with Release.
func (p *Plan) checkTexts(ctx context.Context, d *db.DB, list []item) error {
	list = slices.DeleteFunc(slices.Clone(list), func(it item) bool { return it.absent || !it.known || it.took.format == compress.None })
	keys := make([]digest.SHA256, len(list))
	for i, it := range list {
		keys[i] = it.entry.Key()
	}
	var checked map[digest.SHA256]bool // by an earlier sync
	err := d.Read(ctx, func(tx *db.Tx) error {
		have, err := p.syncer.Catalog.Set(ctx, tx, p.mirror.Collection.View())
		if err == nil {
			checked, err = p.syncer.Catalog.Listed(ctx, tx, keys, have)
		}
		return err
	})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for i, it := range list {
		if checked[keys[i]] {
			continue
		}
		group.Go(func() error {
			return problem.While(p.syncer.checkText(ctx, it), "reading %s", it.took.path)
		})
	}
	return group.Wait()
}
