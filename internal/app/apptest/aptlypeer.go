package apptest

import (
	"slices"
	"testing"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/testkit"
)

// peerPackages has what competes, what depends on each other, and a source.
func PeerPackages(t testing.TB, repo string) (list []Upload) {
	t.Helper()
	packages := map[string][]testkit.Package{
		"old": {
			{Name: "app", Version: "1.0-1", Architecture: "amd64", Depends: "libdata (>= 1), tool | other", Section: "net", Source: "app-source (1.0)"},
			{Name: "app", Version: "1.0-1", Architecture: "arm64", Depends: "libdata (>= 1)", Section: "net", Source: "app-source (1.0)"},
			{Name: "libdata", Version: "1:1.9", Architecture: "all", Priority: "required"},
			{Name: "virtual-tool", Version: "3", Architecture: "amd64", Fields: map[string]string{"Provides": "tool, plain-tool"}},
			{Name: "same", Version: "1", Architecture: "all", Description: "from the old one"},
			{Name: "installer", Version: "1", Architecture: "amd64", Kind: "udeb"},
		},
		"new": {
			{Name: "app", Version: "1.2-1", Architecture: "amd64", Depends: "libdata (>= 1:2), tool", Section: "net"},
			{Name: "app", Version: "1.10-1", Architecture: "amd64", Depends: "libdata (>= 1:2), tool", Section: "net"},
			{Name: "libdata", Version: "1:2.0", Architecture: "all", Depends: "deep"},
			{Name: "deep", Version: "1", Architecture: "amd64"},
			{Name: "tool", Version: "5", Architecture: "amd64"},
			{Name: "same", Version: "1", Architecture: "all", Description: "from the new one"},
		},
	}
	for _, p := range packages[repo] {
		data, err := p.Deb()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, File(p.FileName(), data))
	}
	if repo == "old" {
		files, err := testkit.Source{Name: "app-source", Version: "1.0-1", Binaries: []string{"app"}}.SourceFiles(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range files {
			list = append(list, File(name, data))
		}
	}
	return list
}

// ours returns the keys that a search on our side finds.
func Ours(h *House, ref string, s collections.Search) []string {
	h.TB.Helper()
	keys := []string{}
	for _, f := range Search(h, ref, s, false) {
		keys = append(keys, f.Key)
	}
	slices.Sort(keys)
	return keys
}

func Search(h *House, ref string, s collections.Search, details bool) (list []collections.Found) {
	h.TB.Helper()
	var in *collections.Ref
	if ref != "" {
		r := Must(collections.ParseRef("in", ref))(h.TB)
		in = &r
	}
	if err := h.Collections.Search(h.Ctx, in, s, details, func(f collections.Found) error { list = append(list, f); return nil }); err != nil {
		h.TB.Fatal(err)
	}
	return list
}
