package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// PocketPath is the path of a pocket.
type PocketPath struct {
	Distribution string `path:"distribution" maxLength:"200"`
	Series       string `path:"series" maxLength:"200"`
	Pocket       string `path:"pocket" maxLength:"200"`
}

func (p PocketPath) path() pockets.Path {
	return pockets.Path{Distribution: p.Distribution, Series: p.Series, Pocket: p.Pocket}
}

// pocketPath is where a pocket's routes begin.
const pocketPath = "/v1/pockets/{distribution}/{series}/{pocket}"

// pockets adds /v1/pockets.
func (s *service) pockets() {
	handle(s, get("list-pockets", "/v1/pockets", "List pockets by distribution, series and name"), func(ctx context.Context, in *struct {
		Paging
		Distribution string `query:"distribution" doc:"A name, or a pattern"`
		Series       string `query:"series" doc:"A name, or a pattern"`
		Name         string `query:"name" doc:"A name, or a pattern"`
		Mode         string `query:"mode" enum:"mirror,pull,upload"`
	}) (usecase.List[pockets.Pocket], error) {
		return s.app.Pockets.Find(ctx, pockets.Filter{Distribution: in.Distribution, Series: in.Series, Pocket: in.Name, Mode: in.Mode}, in.page())
	})
	handle(s, post("create-pocket", "/v1/pockets", "Make a pocket, published with no packages", http.StatusCreated), func(ctx context.Context, in *struct{ Body pockets.NewPocket }) (pockets.Pocket, error) {
		return s.app.Pockets.Create(ctx, in.Body)
	})
	handle(s, get("get-pocket", pocketPath, "Get a pocket"), func(ctx context.Context, in *PocketPath) (pockets.Pocket, error) {
		return s.app.Pockets.Get(ctx, in.path())
	})
	handle(s, patch("edit-pocket", pocketPath, "Change a pocket and publish it anew"), func(ctx context.Context, in *struct {
		PocketPath
		Body pockets.PocketEdit
	}) (pockets.Pocket, error) {
		return s.app.Pockets.Edit(ctx, in.path(), in.Body)
	})
	handleEmpty(s, remove("drop-pocket", pocketPath, "Drop a pocket; its past times are served on"), func(ctx context.Context, in *PocketPath) error {
		return s.app.Pockets.Drop(ctx, in.path())
	})
	s.pocketContents()
	s.pocketWork()
	s.pocketLists()
}

// pocketContents adds what a pocket has and had.
func (s *service) pocketContents() {
	handle(s, get("list-pocket-packages", pocketPath+"/packages", "List the packages of a pocket"), func(ctx context.Context, in *struct {
		PocketPath
		Terms
		Paging
		At string `query:"at" doc:"The number of a revision or a time, for the packages of then"`
	}) (usecase.List[collections.Package], error) {
		return s.app.Pockets.Packages(ctx, in.path(), in.At, in.terms(), in.page())
	})
	handle(s, get("list-pocket-revisions", pocketPath+"/revisions", "List the changes of a pocket, newest first"), func(ctx context.Context, in *struct {
		PocketPath
		Paging
	}) (usecase.List[collections.Revision], error) {
		return s.app.Pockets.Log(ctx, in.path(), in.page())
	})
}

// PackageNames are names of packages.
type PackageNames struct {
	Packages []string `json:"packages" minItems:"1"`
}

// KeyNames name keys.
type KeyNames struct {
	Keys []string `json:"keys" minItems:"1" doc:"Names or fingerprints of stored keys"`
}

// pocketLists adds what a pull takes and who may upload.
func (s *service) pocketLists() {
	handle(s, post("add-pocket-filters", pocketPath+"/filters", "Add names of packages to the filters of a pull", http.StatusOK), func(ctx context.Context, in *struct {
		PocketPath
		Body PackageNames
	}) (pockets.Pocket, error) {
		return s.app.Pockets.AddFilters(ctx, in.path(), in.Body.Packages)
	})
	handle(s, remove("remove-pocket-filters", pocketPath+"/filters", "Take names of packages from the filters of a pull"), func(ctx context.Context, in *struct {
		PocketPath
		Package []string `query:"package,explode" required:"true" doc:"A name; several times for several"`
	}) (pockets.Pocket, error) {
		return s.app.Pockets.RemoveFilters(ctx, in.path(), in.Package)
	})
	handle(s, post("add-pocket-uploaders", pocketPath+"/uploaders", "Let the owners of keys upload to a pocket", http.StatusOK), func(ctx context.Context, in *struct {
		PocketPath
		Body KeyNames
	}) (pockets.Pocket, error) {
		return s.app.Pockets.AddUploaders(ctx, in.path(), in.Body.Keys)
	})
	handle(s, remove("remove-pocket-uploaders", pocketPath+"/uploaders", "Let the owners of keys upload to a pocket no more"), func(ctx context.Context, in *struct {
		PocketPath
		Key []string `query:"key,explode" required:"true" doc:"Name or fingerprint of a key; several times for several"`
	}) (pockets.Pocket, error) {
		return s.app.Pockets.RemoveUploaders(ctx, in.path(), in.Key)
	})
}
