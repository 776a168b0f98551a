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

// take reads a package. Its control text is that of its own file, since aptly does
// not keep the text as it was; what an upstream said of section and priority stays.
func (p *aptlyPackages) take(ctx context.Context, key string, components []string) ([]catalog.Entry, error) {
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
	file := files[0]
	if record.IsSource {
		i := slices.IndexFunc(files, func(f catalog.File) bool { return strings.HasSuffix(f.Name, ".dsc") })
		if i < 0 {
			return nil, problem.New(problem.Invalid, "it has no .dsc file")
		}
		file = files[i]
	}
	e, err := p.intake.Package(ctx, file, component, partsAmong(files))
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
	return []catalog.Entry{e}, e.CheckListing()
}

// file brings a file into the pool.
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

// partsAmong returns the parts of a source, which are among its files. Sums of theirs that
// aptly does not know, and lists without a SHA-256, count for nothing: the files were
// checked by what aptly knows.
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

// imagesOf gives the installer's images, which aptly keeps as one package without
// a version, as items of the suite.
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
