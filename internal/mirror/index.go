package mirror

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/problem"
)

// index is a wanted Packages or Sources file of the upstream.
type index struct {
	path      string // of its plain form, relative to Release
	component string
	keep      []string // architectures; nil: all
	sources   bool
	plain     blob.Expect // of the plain form
	known     bool        // Release lists the plain form
	format    compress.Format
	stored    blob.Ref // as fetched
}

// selection collects the indexes of a release that a config wants.
type selection struct {
	release release
	config  Config
	indexes []index
	paths   map[string]bool // of indexes
	// Components and architectures that have an index. Sources count as the architecture "source",
	// the installer's packages as "debian-installer".
	components, architectures map[string]bool
}

// indexes returns the indexes of a release that a config wants. An unlisted index counts as empty,
// with a warning if the config names it. It is an error if all are unlisted.
func (r release) indexes(c Config) (list []index, warnings []string, err error) {
	s := selection{
		release: r, config: c,
		paths: map[string]bool{}, components: map[string]bool{}, architectures: map[string]bool{},
	}
	if c.Flat() {
		err = s.flat()
	} else {
		err = s.pooled()
	}
	if err != nil {
		return nil, nil, err
	}
	if len(s.indexes) == 0 {
		return nil, nil, problem.New(problem.Invalid, "Release lists no wanted index").In("architectures").
			WithHint("it has the components %s and the architectures %s", orNone(r.components), orNone(r.architectures))
	}
	return s.indexes, s.warnings(), nil
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "(none)"
	}
	return strings.Join(list, ", ")
}

// flat adds the indexes of a flat suite; they list every architecture.
func (s *selection) flat() error {
	x := index{path: "Packages", component: "main"}
	if len(s.config.Architectures) > 0 {
		x.keep = withAll(s.config.Architectures)
	}
	if err := s.add(x); err != nil || !s.config.Sources {
		return err
	}
	return s.add(index{path: "Sources", component: "main", sources: true})
}

// pooled adds the indexes of each component and architecture.
func (s *selection) pooled() error {
	components, architectures := s.config.Components, s.config.Architectures
	if len(components) == 0 {
		components = s.release.components
	}
	if len(architectures) == 0 {
		architectures = s.release.architectures
	}
	if len(architectures) == 0 {
		return problem.New(problem.Invalid, "Release names no architectures").In("architectures").
			WithHint("name the architectures to mirror, such as amd64")
	}
	keep := withAll(architectures)
	if s.release.allApart {
		architectures = keep
	}
	for _, component := range components {
		for _, a := range architectures {
			if err := s.find(component, a, index{path: "binary-" + a + "/Packages", keep: keep}); err != nil {
				return err
			}
		}
		if err := s.installer(component, architectures, keep); err != nil {
			return err
		}
		if s.config.Sources {
			if err := s.find(component, "source", index{path: "source/Sources", sources: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// installer adds the indexes of the installer's packages, if the component has them.
func (s *selection) installer(component string, architectures, keep []string) error {
	if !s.config.UDebs {
		return nil
	}
	for _, a := range architectures {
		if err := s.find(component, "debian-installer", index{path: "debian-installer/binary-" + a + "/Packages", keep: keep}); err != nil {
			return err
		}
	}
	return nil
}

func withAll(architectures []string) []string {
	if slices.Contains(architectures, "all") {
		return architectures
	}
	return append(slices.Clone(architectures), "all")
}

// find adds the index of a component. Some archives name a component by a path, such as
// "updates/main"; the paths of their indexes have all of it or only its end.
func (s *selection) find(component, architecture string, x index) error {
	names := []string{component}
	for _, full := range s.release.components {
		if strings.HasSuffix(full, "/"+component) {
			names = append(names, full)
		}
	}
	names = append(names, component[strings.LastIndexByte(component, '/')+1:])
	for _, name := range names {
		at := x
		at.path = name + "/" + x.path
		if !s.release.has(at.path) {
			continue
		}
		at.component = component
		if len(s.config.Components) == 0 {
			at.component = name
		}
		s.components[component], s.architectures[architecture] = true, true
		return s.add(at)
	}
	return nil
}

// has reports whether Release lists an index in any form, including forms that we cannot read.
func (r release) has(path string) bool {
	_, lzma := r.files[path+".lzma"]
	return lzma || len(r.forms(path)) > 0
}

// add adds an index once, if Release lists it.
func (s *selection) add(x index) error {
	if !s.release.has(x.path) || s.paths[x.path] {
		return nil
	}
	if len(s.release.forms(x.path)) == 0 {
		return problem.New(problem.Upstream, "Release lists %s only as .lzma, which we cannot read", x.path).In(x.path).
			WithHint("the archive must offer xz, gz or zst too")
	}
	s.paths[x.path] = true
	x.plain, x.known = s.release.files[x.path]
	s.indexes = append(s.indexes, x)
	return nil
}

// warnings reports the wanted names that the upstream does not have.
func (s *selection) warnings() (list []string) {
	if s.config.Flat() {
		return nil
	}
	for _, name := range s.config.Components {
		if !s.components[name] {
			list = append(list, fmt.Sprintf("the upstream has no wanted index in the component %s", name))
		}
	}
	for _, name := range s.config.Architectures {
		if !s.architectures[name] && name != "all" { // other indexes may list packages for all
			list = append(list, fmt.Sprintf("the upstream has no packages for the architecture %s; it has %s", name, orNone(s.release.architectures)))
		}
	}
	if s.config.Sources && !s.architectures["source"] {
		list = append(list, "the upstream has no source packages")
	}
	if s.config.UDebs && !s.architectures["debian-installer"] {
		list = append(list, "the upstream has no packages of the installer")
	}
	return list
}
