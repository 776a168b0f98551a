package publish

import (
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
)

func source(name string) catalog.Entry {
	dsc := name + "_1.dsc"
	return catalog.Entry{
		Package: catalog.Package{
			Type: catalog.Source, Name: name, Version: "1", Architecture: "source", Source: name, SourceVersion: "1",
			Stanza: []byte("Package: " + name + "\nVersion: 1\nArchitecture: any\n"),
			Files:  []catalog.File{{Name: dsc, Size: 10, MD5: "0123", SHA256: digest.Of([]byte(dsc))}},
		},
		Component: "main",
	}
}

// TestFieldsOfRelease: what the options add to Release, and to the one beside an
// index.
func TestFieldsOfRelease(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options                          Options
		has, hasNot, besideHas, besideNo []string
	}{
		"nothing": {Options{}, []string{"Acquire-By-Hash: yes\n"}, []string{"Signed-By", "Valid-Until", "Origin"},
			[]string{"Archive: stable\n", "Acquire-By-Hash: yes\n"}, []string{"Codename"}},
		"no files by hash": {Options{NoByHash: true}, nil, []string{"Acquire-By-Hash"}, nil, []string{"Acquire-By-Hash"}},
		"keys": {Options{SignedBy: "ABCD,EF01"}, []string{"Signed-By: ABCD,EF01\n", "Date: Fri, 15 Jan 2027 08:00:00 UTC\nValid-Until: Wed, 15 Jan 2127 08:00:00 UTC\n"}, nil,
			nil, []string{"Signed-By"}},
		"an end before keys'": {Options{SignedBy: "ABCD", ValidFor: 3600e9}, []string{"Valid-Until: Fri, 15 Jan 2027 09:00:00 UTC\n"}, nil, nil, nil},
		"full directories": {Options{DirectoryReleases: true, SignedBy: "ABCD", Codename: "sid", NamedByPlace: true, Label: "Mine"},
			[]string{"Origin: debian stable\nLabel: Mine\n"}, nil,
			[]string{"Origin: debian stable\n", "Suite: stable\nCodename: sid\nSigned-By: ABCD\nComponent: main\nArchitecture: amd64\n"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(t *testing.T, h *house) {
				h.edit(t, func(p *Publication) { p.Options = c.options })
				h.change(t, many(1, "1"), nil)
				h.publish(t, h.place)
				check := func(path string, has, hasNot []string) {
					text := string(h.read(t, path, 0))
					for _, want := range has {
						if !strings.Contains(text, want) {
							t.Errorf("%s lacks %q:\n%s", path, want, text)
						}
					}
					for _, not := range hasNot {
						if strings.Contains(text, not) {
							t.Errorf("%s has %q:\n%s", path, not, text)
						}
					}
				}
				check("dists/stable/Release", c.has, c.hasNot)
				check("dists/stable/main/binary-amd64/Release", c.besideHas, c.besideNo)
			})
		})
	}
}

// TestArchitecturesThatAreChosen: each has its indexes, empty ones too; sources are
// listed when they are named, or when nothing is and there are some.
func TestArchitecturesThatAreChosen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ chosen, want []string }{
		"none":         {nil, []string{"amd64", "source"}},
		"no source":    {[]string{"arm64", "amd64"}, []string{"amd64", "arm64"}},
		"source":       {[]string{"amd64", "source"}, []string{"amd64", "source"}},
		"source alone": {[]string{"source"}, []string{"source"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(t *testing.T, h *house) {
				h.edit(t, func(p *Publication) { p.Options.Architectures = c.chosen })
				h.change(t, append(many(1, "1"), source("hello")), nil)
				r := h.publish(t, h.place)
				if _, got := Offers(h.place, r.Files); !slices.Equal(got, c.want) {
					t.Errorf("%q, not %q", got, c.want)
				}
			})
		})
	}
}

// TestComponentsThatAreChosen: these alone are listed, also while they are empty.
func TestComponentsThatAreChosen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ chosen, want []string }{
		"none":          {nil, []string{"main"}},
		"an empty one":  {[]string{"main", "extra"}, []string{"extra", "main"}},
		"without main":  {[]string{"extra"}, []string{"extra"}},
		"not a segment": {[]string{"a/b"}, []string{"a/b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(t *testing.T, h *house) {
				h.edit(t, func(p *Publication) { p.Options.Components, p.Options.Architectures = c.chosen, []string{"amd64"} })
				h.change(t, many(2, "1"), nil)
				r := h.publish(t, h.place)
				if got, _ := Offers(h.place, r.Files); !slices.Equal(slices.Sorted(slices.Values(got)), c.want) {
					t.Errorf("%q, not %q", got, c.want)
				}
				if packages := r.Packages; packages != map[bool]int{true: 2}[slices.Contains(c.want, "main")] {
					t.Errorf("%d packages", packages)
				}
			})
		})
	}
}

// TestFilesByHashComeWhenTheyAreOffered: a place gets all of them with the first
// release that offers them, and none before.
func TestFilesByHashComeWhenTheyAreOffered(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		place := &standIn{h: h, files: map[string]digest.SHA256{}}
		byHash := func() (n int) {
			for name := range place.files {
				if strings.Contains(name, "/by-hash/") {
					n++
				}
			}
			return n
		}
		h.edit(t, func(p *Publication) { p.Options.NoByHash, p.Options.Architectures = true, []string{"amd64", "arm64"} })
		h.change(t, many(3, "1"), nil)
		h.publish(t, h.place)
		if place.deploy(t, h.place, false); byHash() != 0 || place.files[packages].IsZero() {
			t.Errorf("%d files by hash, %s", byHash(), place.files[packages])
		}
		h.edit(t, func(p *Publication) { p.Options.NoByHash = false })
		r := h.publish(t, h.place)
		place.deploy(t, h.place, false)
		for _, f := range r.Files {
			if !announces(h.place, f.Path) && place.files[byHashPaths(f)[0]] != f.SHA256 {
				t.Errorf("%s is not there by hash", f.Path)
			}
		}
	})
}
