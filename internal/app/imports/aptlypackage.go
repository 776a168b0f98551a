package imports

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/aptlyroot"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/problem"
)

// aptlyPackages reads the packages of an aptly.
type aptlyPackages struct {
	root   *aptlyroot.Root
	intake *intake.Intake
}

func (p *aptlyPackages) close() error { return p.root.Close() }

func (p *aptlyPackages) keyOf(s catalog.Summary) string { return s.Key().String() }

func (p *aptlyPackages) list(_ context.Context, uuid string) ([]string, error) {
	return p.root.Refs(uuid)
}

// read implements packageSource. The control text of a package is read from its file, since
// aptly does not keep the original; its section and priority are those of the upstream.
func (p *aptlyPackages) read(ctx context.Context, key string, components []string) ([]catalog.Entry, error) {
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
	dropUnknownSums(files, record.FilesHash)
	file := files[0]
	if record.IsSource {
		i := slices.IndexFunc(files, func(f catalog.File) bool { return strings.HasSuffix(f.Name, ".dsc") })
		if i < 0 {
			return nil, problem.New(problem.Invalid, "it has no .dsc file")
		}
		file = files[i]
	}
	e, err := p.intake.Package(ctx, file, component, partsAmong(files))
	if err == nil {
		err = checkFile(e, record.Name, record.Version, record.Architecture)
	}
	if err != nil {
		return nil, err
	}
	if record.IsUdeb {
		e.Type = catalog.UDeb
	}
	if section, stated := record.Fields["Section"]; stated {
		e.Section = strings.TrimSpace(section)
	}
	if priority, stated := record.Fields["Priority"]; stated {
		e.Priority = strings.TrimSpace(priority)
	}
	return []catalog.Entry{e}, e.CheckListing()
}

// file adds a file to the pool.
func (p *aptlyPackages) file(ctx context.Context, f aptlyroot.File) (catalog.File, error) {
	where, err := p.root.Path(f)
	if err != nil {
		return catalog.File{}, err
	}
	file := catalog.File{
		Name: path.Base(f.Filename), Size: f.Checksums.Size,
		MD5: strings.ToLower(f.Checksums.MD5), SHA1: strings.ToLower(f.Checksums.SHA1), SHA512: strings.ToLower(f.Checksums.SHA512),
	}
	if f.Checksums.SHA256 != "" {
		if file.SHA256, err = digest.Parse(strings.ToLower(f.Checksums.SHA256)); err != nil {
			return file, problem.New(problem.Invalid, "%w", err).In(file.Name)
		}
	}
	return p.intake.Adopt(ctx, where, file)
}

// dropUnknownSums removes the weak sums that aptly learned only after it computed its hash of
// the files.
func dropUnknownSums(files []catalog.File, hash uint64) {
	for _, without := range []func(*catalog.File){
		func(*catalog.File) {}, func(f *catalog.File) { f.SHA1 = "" }, func(f *catalog.File) { f.MD5 = "" }, func(f *catalog.File) { f.MD5, f.SHA1 = "", "" },
	} {
		reduced := slices.Clone(files)
		for i := range reduced {
			without(&reduced[i])
		}
		if catalog.FilesHash(reduced) == hash {
			copy(files, reduced)
			return
		}
	}
}

// partsAmong returns the parts of a source from its files. It compares no sum but SHA-256:
// the files were checked against the sums that aptly knows.
func partsAmong(files []catalog.File) intake.Parts {
	return func(_ context.Context, want debfile.ListedFile) (catalog.File, error) {
		i := slices.IndexFunc(files, func(f catalog.File) bool { return f.Name == want.Name })
		if i < 0 {
			return catalog.File{}, problem.New(problem.Invalid, "its .dsc file lists %s, which is not among its files", want.Name)
		}
		if want.SHA256 != "" && !strings.EqualFold(want.SHA256, files[i].SHA256.String()) {
			return catalog.File{}, problem.New(problem.Untrusted, "its .dsc file lists %s with another SHA-256", want.Name)
		}
		return files[i], nil
	}
}

// imagesOf returns the installer's images as items of the suite. Aptly keeps them as one
// package without a version.
func imagesOf(record aptlyroot.Package, files []catalog.File, component string) (entries []catalog.Entry, err error) {
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
