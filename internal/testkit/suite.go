package testkit

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/aptarium/aptarium/internal/compress"
)

// withDefaults fills in what was left out.
func (s Suite) withDefaults() Suite {
	s.Origin, s.Label, s.Suite = cmp.Or(s.Origin, "Example"), cmp.Or(s.Label, "Example"), cmp.Or(s.Suite, s.Codename)
	if s.Path == "" && !s.Flat {
		s.Path = s.Codename
	}
	if s.Date.IsZero() {
		s.Date = defaultDate
	}
	components, architectures := map[string]bool{}, map[string]bool{}
	for _, p := range s.Packages {
		components[component(p.Component)] = true
		architectures[p.Architecture] = true
	}
	for _, source := range s.Sources {
		components[component(source.Component)] = true
	}
	delete(architectures, "all")
	s.Components = defaultNames(s.Components, components, "main")
	s.Architectures = defaultNames(s.Architectures, architectures, "amd64")
	if len(s.Formats) == 0 {
		s.Formats = []compress.Format{compress.None, compress.Gzip}
	}
	if len(s.ReleaseSums) == 0 {
		s.ReleaseSums = []string{"SHA256"}
	}
	if len(s.PackageSums) == 0 {
		s.PackageSums = []string{"MD5sum", "SHA256"}
	}
	return s
}

// defaultNames returns the names that were set, else those found in their order,
// else the last resort.
func defaultNames(set []string, found map[string]bool, otherwise string) []string {
	if len(set) > 0 {
		return set
	}
	for name := range found {
		set = append(set, name)
	}
	if len(set) == 0 {
		return []string{otherwise}
	}
	slices.Sort(set)
	return set
}

// folder is where Release is.
func (s Suite) folder() string {
	if s.Flat {
		return s.Path
	}
	return path.Join("dists", s.Path)
}

// build adds the suite's files to those of the archive.
func (s Suite) build(ctx context.Context, all files) error {
	indexes := map[string][]byte{} // plain texts by path in the suite
	if err := s.addPackages(indexes, all); err != nil {
		return err
	}
	if err := s.addSources(ctx, indexes, all); err != nil {
		return err
	}
	var entries []ReleaseEntry
	for name, text := range indexes {
		listed, err := s.addText(ctx, name, text, all)
		if err != nil {
			return err
		}
		entries = append(entries, listed...)
	}
	for name, content := range s.Extra {
		entry := entryOf(name, content)
		entries = append(entries, entry)
		if err := s.addIndex(all, entry, content); err != nil {
			return err
		}
	}
	return s.addRelease(ctx, entries, all)
}

// addText adds an index in the suite's formats, and returns what Release lists.
func (s Suite) addText(ctx context.Context, name string, text []byte, all files) (listed []ReleaseEntry, err error) {
	for _, format := range s.listedFormats() {
		content, err := compressText(ctx, text, format)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		entry := entryOf(name+format.Suffix(), content)
		listed = append(listed, entry)
		if !slices.Contains(s.Formats, format) {
			continue
		}
		if err := s.addIndex(all, entry, content); err != nil {
			return nil, err
		}
	}
	return listed, nil
}

// listedFormats returns the formats of each index that Release lists.
func (s Suite) listedFormats() []compress.Format {
	listed := slices.Concat([]compress.Format{compress.None}, s.Formats, s.Missing)
	slices.Sort(listed)
	return slices.Compact(listed)
}

// addPackages adds package files, and the texts of the indexes that list them.
func (s Suite) addPackages(indexes map[string][]byte, all files) error {
	for _, c := range s.Components {
		for _, architecture := range s.Architectures {
			indexes[s.indexPath(Package{Component: c, Architecture: architecture})] = nil
		}
		if s.All != AllInEach {
			indexes[s.indexPath(Package{Component: c, Architecture: "all"})] = nil
		}
	}
	for _, p := range s.Packages {
		file, err := p.Deb()
		if err != nil {
			return err
		}
		if !p.Missing {
			if err := all.add(p.path(s), file); err != nil {
				return err
			}
		}
		stanza, err := p.stanza(file, cmp.Or(p.Filename, p.path(s)), s.PackageSums).appendTo(nil)
		if err != nil {
			return fmt.Errorf("package %s: %w", p.Name, err)
		}
		for _, name := range s.indexesOf(p) {
			indexes[name] = append(append(indexes[name], stanza...), '\n')
		}
	}
	for name := range indexes {
		indexes[name] = append(indexes[name], bytes.Repeat([]byte("\n"), s.Bomb)...)
	}
	return nil
}

// indexesOf lists the indexes that a package is in.
func (s Suite) indexesOf(p Package) (names []string) {
	if s.Flat || p.Architecture != "all" {
		return []string{s.indexPath(p)}
	}
	if s.All != AllInEach {
		names = append(names, s.indexPath(p))
	}
	if s.All == AllApart {
		return names
	}
	for _, architecture := range s.Architectures {
		p.Architecture = architecture
		names = append(names, s.indexPath(p))
	}
	return names
}

// indexPath is an index's path in the suite, without a compression's suffix.
func (s Suite) indexPath(p Package) string {
	if s.Flat {
		return "Packages"
	}
	below := ""
	if p.Kind == "udeb" {
		below = "debian-installer"
	}
	return path.Join(component(p.Component), below, "binary-"+p.Architecture, "Packages")
}

// addSources adds source packages and the texts of their indexes.
func (s Suite) addSources(ctx context.Context, indexes map[string][]byte, all files) error {
	if len(s.Sources) == 0 {
		return nil
	}
	name := func(c string) string { return path.Join(c, "source", "Sources") }
	if s.Flat {
		name = func(string) string { return "Sources" }
	}
	for _, c := range s.Components {
		indexes[name(c)] = nil
	}
	for _, source := range s.Sources {
		built, err := source.SourceFiles(ctx)
		if err != nil {
			return err
		}
		directory := source.directory(s)
		for file, content := range built {
			if err := all.add(path.Join(directory, file), content); err != nil {
				return err
			}
		}
		entry, err := source.stanza(directory, built)
		if err != nil {
			return fmt.Errorf("source %s: %w", source.Name, err)
		}
		index := name(component(source.Component))
		text, err := entry.appendTo(indexes[index])
		if err != nil {
			return fmt.Errorf("source %s: %w", source.Name, err)
		}
		indexes[index] = append(text, '\n')
	}
	return nil
}

// addIndex puts a file that Release lists where clients look for it.
func (s Suite) addIndex(all files, entry ReleaseEntry, content []byte) error {
	place := path.Join(s.folder(), entry.Path)
	if s.ByHash != OnlyByHash {
		if err := all.add(place, content); err != nil {
			return err
		}
	}
	if s.ByHash == WithoutByHash {
		return nil
	}
	for _, kind := range s.ReleaseSums {
		if err := all.add(path.Join(path.Dir(place), "by-hash", kind, sumNamed(entry.Sums, kind)), content); err != nil {
			return err
		}
	}
	return nil
}
