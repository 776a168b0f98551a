package reprepro

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/problem"
)

// Package is a package of a distribution. A package for all architectures occurs once per component.
type Package struct {
	Component         string
	Type              string // deb, udeb, ddeb or dsc
	Name, Version     string
	Architecture      string // of the package itself; source for sources
	Section, Priority string
	Path              string // absolute, of its .deb or .dsc
}

// maxPackages is the largest number of packages of a distribution.
const maxPackages = 5_000_000

// Packages returns the packages of a distribution. An error ends the sequence: a problem of kind Conflict while another
// reprepro is running.
func (b *Base) Packages(ctx context.Context, d Distribution) iter.Seq2[Package, error] {
	found := b.indexed(d)
	if b.Program != "" {
		found = b.listed(ctx, d)
	}
	return func(yield func(Package, error) bool) {
		seen := map[[3]string]bool{}
		for p, err := range found {
			if err == nil {
				err = b.check(&p)
			}
			if err == nil && len(seen) > maxPackages {
				err = problem.New(problem.TooLarge, "%s has more than %d packages", d.Codename, maxPackages)
			}
			once := [3]string{p.Component, p.Type, p.Path}
			if err == nil && seen[once] {
				continue
			}
			seen[once] = true
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// check makes the path absolute, and refuses a path that leaves the pool.
func (b *Base) check(p *Package) error {
	if !filepath.IsLocal(p.Path) || p.Name == "" || p.Version == "" {
		return problem.New(problem.Invalid, "%.100q %.100q at %.200q is not a package", p.Name, p.Version, p.Path)
	}
	p.Path = filepath.Join(b.out, p.Path)
	return nil
}

// indexed reads the indexes below dists.
func (b *Base) indexed(d Distribution) iter.Seq2[Package, error] {
	return func(yield func(Package, error) bool) {
		for _, component := range d.Components {
			for _, architecture := range d.Architectures {
				folders := map[string]string{
					"binary-" + architecture + "/Packages":                  "deb",
					"debian-installer/binary-" + architecture + "/Packages": "udeb",
				}
				if architecture == "source" {
					folders = map[string]string{"source/Sources": "dsc"}
				}
				for name, kind := range folders {
					index := filepath.Join(b.out, "dists", d.Codename, component, name)
					if !readIndex(index, func(s *deb822.Stanza) bool { return yield(packageOf(s, component, kind), nil) }, yield) {
						return
					}
				}
			}
		}
	}
}

// readIndex reads an index in the first existing format. It reports whether to continue; a missing index is empty.
func readIndex(index string, give func(*deb822.Stanza) bool, yield func(Package, error) bool) bool {
	for _, format := range []compress.Format{compress.None, compress.Gzip, compress.XZ, compress.Bzip2, compress.Zstd} {
		name := index
		if format != compress.None {
			name += "." + string(format)
		}
		more, err := readOne(name, format, give)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			yield(Package{}, problem.New(problem.Invalid, "%w", err).In(name))
			return false
		}
		return more
	}
	return true
}

func readOne(name string, format compress.Format, give func(*deb822.Stanza) bool) (more bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() == 0 {
		return true, err
	}
	text, err := compress.NewReader(f, format, compress.Limits{})
	if err != nil {
		return false, err
	}
	defer text.Close()
	scanner := deb822.NewScanner(text, deb822.Options{})
	for scanner.Next() {
		if !give(scanner.Stanza()) {
			return false, nil
		}
	}
	return true, scanner.Err()
}

func packageOf(s *deb822.Stanza, component, kind string) Package {
	get := func(field string) string { return string(s.Get(field)) }
	p := Package{
		Component: component, Type: kind, Name: get("Package"), Version: get("Version"), Architecture: get("Architecture"),
		Section: get("Section"), Priority: get("Priority"), Path: get("Filename"),
	}
	switch {
	case kind == "dsc":
		p.Architecture = "source"
		for sum, err := range deb822.Checksums(s.Get("Files"), deb822.MD5) {
			if err == nil && strings.HasSuffix(string(sum.Name), ".dsc") {
				p.Path = path.Join(get("Directory"), string(sum.Name))
			}
		}
	case strings.HasSuffix(p.Path, ".ddeb"):
		p.Type = "ddeb"
	}
	return p
}
