package apptest

import (
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/catalog"
)

// twoRepos has a clash (same) and a change (app) between old and new.
func TwoRepos(h *House) {
	h.TB.Helper()
	h.MakeRepo("old", PeerPackages(h.TB, "old")...)
	h.MakeRepo("new", PeerPackages(h.TB, "new")...)
}

func RepoRef(name string) collections.Ref { return collections.Ref{Kind: catalog.Repo, Name: name} }

// key returns the key of the only package that a query finds.
func Key(h *House, ref, query string) string {
	h.TB.Helper()
	keys := Ours(h, ref, collections.Search{Query: query})
	if len(keys) != 1 {
		h.TB.Fatalf("%s finds %q in %s", query, keys, ref)
	}
	return keys[0]
}
