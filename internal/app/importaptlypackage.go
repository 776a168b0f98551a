package app

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/aptlyroot"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// aptlyPackages reads the packages of an aptly.
type aptlyPackages struct {
	root   *aptlyroot.Root
	reader packageReader
}

func (p *aptlyPackages) close() error { return p.root.Close() }

func (p *aptlyPackages) keyOf(s catalog.Summary) string { return s.Key().String() }

func (p *aptlyPackages) list(_ context.Context, uuid string) ([]string, error) {
	return p.root.Refs(uuid)
}

// take reads a package. Its control text is that of its own file, since aptly does
// not keep the text as it was; what an upstream said of section and priority stays.
func (p *aptlyPackages) take(ctx context.Context, key string, components []string) ([]takenEntry, error) {
	record, err := p.root.Package(key)
	if err != nil {
		return nil, err
	}
	component := componentFor(record.Fields["Section"], components)
	files := make([]catalog.File, len(record.Files))
	for i, f := range record.Files {
		if files[i], err = p.file(ctx, f); err != nil {
			return nil, err
		}
	}
	if record.IsInstaller {
		return imagesOf(record, files, component)
	}
	settleSums(files, record.FilesHash)
	reader := p.reader
	reader.component = component
	var e catalog.Entry
	if record.IsSource {
		e, err = sourceOf(ctx, reader, files)
	} else {
		e, err = reader.binary(ctx, files[0])
	}
	if err != nil {
		return nil, err
	}
	if e.Name != record.Name || e.Version != record.Version || e.Architecture != record.Architecture {
		return nil, problem.New(problem.Untrusted, "its file is %s %s %s", e.Name, e.Version, e.Architecture)
	}
	if record.IsUdeb {
		e.Type = catalog.UDeb
	}
	if section, said := record.Fields["Section"]; said {
		e.Section = strings.TrimSpace(section)
	}
	if priority, said := record.Fields["Priority"]; said {
		e.Priority = strings.TrimSpace(priority)
	}
	return []takenEntry{e}, e.CheckListing()
}

// file brings a file into the pool.
func (p *aptlyPackages) file(ctx context.Context, f aptlyroot.File) (catalog.File, error) {
	where, err := p.root.Path(f)
	if err != nil {
		return catalog.File{}, err
	}
	return adoptFile(ctx, p.reader.app.Pool, where, catalog.File{
		Name: path.Base(f.Filename), Size: f.Checksums.Size,
		MD5: strings.ToLower(f.Checksums.MD5), SHA1: strings.ToLower(f.Checksums.SHA1), SHA512: strings.ToLower(f.Checksums.SHA512),
	}, f.Checksums.SHA256)
}

// adoptFile brings a file of another program's pool into ours, checked by its
// SHA-256 if that is known.
func adoptFile(ctx context.Context, pool blob.Store, where string, f catalog.File, sha256 string) (catalog.File, error) {
	if err := catalog.CheckFileName(f.Name); err != nil {
		return f, err
	}
	expect := blob.Expect{Size: f.Size}
	if sha256 != "" {
		var err error
		if expect.SHA256, err = digest.Parse(strings.ToLower(sha256)); err != nil {
			return f, problem.New(problem.Invalid, "%w", err).In(f.Name)
		}
	}
	ref, err := blob.Adopt(ctx, pool, where, expect)
	f.SHA256, f.Size = ref.SHA256, ref.Size
	return f, err
}

// settleSums leaves out weak sums until the files have the hash that aptly gave
// them: it may have learned them only after that.
func settleSums(files []catalog.File, hash uint64) {
	for _, without := range []func(*catalog.File){
		func(*catalog.File) {}, func(f *catalog.File) { f.SHA1 = "" }, func(f *catalog.File) { f.MD5 = "" }, func(f *catalog.File) { f.MD5, f.SHA1 = "", "" },
	} {
		settled := slices.Clone(files)
		for i := range settled {
			without(&settled[i])
		}
		if catalog.FilesHash(settled) == hash {
			copy(files, settled)
			return
		}
	}
}

// sourceOf reads the .dsc file among a source's files.
func sourceOf(ctx context.Context, reader packageReader, files []catalog.File) (catalog.Entry, error) {
	named := func(name string) (catalog.File, bool) {
		i := slices.IndexFunc(files, func(f catalog.File) bool { return f.Name == name })
		return files[max(i, 0)], i >= 0
	}
	i := slices.IndexFunc(files, func(f catalog.File) bool { return strings.HasSuffix(f.Name, ".dsc") })
	if i < 0 {
		return catalog.Entry{}, problem.New(problem.Invalid, "it has no .dsc file")
	}
	text, err := reader.list(ctx, files[i])
	if err != nil {
		return catalog.Entry{}, err
	}
	return reader.source(files[i], text, func(want debfile.ListedFile) (catalog.File, error) {
		f, here := named(want.Name)
		if !here {
			return f, problem.New(problem.Invalid, "its .dsc file lists %s, which is not among its files", want.Name)
		}
		if !strings.EqualFold(cmp.Or(want.SHA256, f.SHA256.String()), f.SHA256.String()) {
			return f, problem.New(problem.Untrusted, "its .dsc file lists %s with another SHA-256", want.Name)
		}
		return f, nil
	})
}

// imagesOf gives the installer's images, which aptly keeps as one package without
// a version, as items of the suite.
func imagesOf(record aptlyroot.Package, files []catalog.File, component string) (entries []takenEntry, err error) {
	for i, f := range files {
		name := "installer-" + record.Architecture + "/current/images/" + path.Clean(record.Files[i].Filename)
		e, err := catalog.FromIndexItem(name, f, component)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}
