package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app"
)

// PocketPath is the path of a pocket.
type PocketPath struct {
	Distribution string `path:"distribution" maxLength:"200"`
	Series       string `path:"series" maxLength:"200"`
	Pocket       string `path:"pocket" maxLength:"200"`
}

func (p PocketPath) path() app.PocketPath {
	return app.PocketPath{Distribution: p.Distribution, Series: p.Series, Pocket: p.Pocket}
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
	}) (app.List[app.Pocket], error) {
		return s.app.FindPockets(ctx, app.PocketFilter{Distribution: in.Distribution, Series: in.Series, Pocket: in.Name, Mode: in.Mode}, in.page())
	})
	handle(s, post("create-pocket", "/v1/pockets", "Make a pocket, published with no packages", http.StatusCreated), func(ctx context.Context, in *struct{ Body app.NewPocket }) (app.Pocket, error) {
		return s.app.CreatePocket(ctx, in.Body)
	})
	handle(s, get("get-pocket", pocketPath, "Get a pocket"), func(ctx context.Context, in *PocketPath) (app.Pocket, error) {
		return s.app.Pocket(ctx, in.path())
	})
	handle(s, patch("edit-pocket", pocketPath, "Change a pocket and publish it anew"), func(ctx context.Context, in *struct {
		PocketPath
		Body app.PocketEdit
	}) (app.Pocket, error) {
		return s.app.EditPocket(ctx, in.path(), in.Body)
	})
	handleEmpty(s, remove("drop-pocket", pocketPath, "Drop a pocket; its past times are served on"), func(ctx context.Context, in *PocketPath) error {
		return s.app.DropPocket(ctx, in.path())
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
	}) (app.List[app.Package], error) {
		return s.app.PocketPackages(ctx, in.path(), in.At, in.terms(), in.page())
	})
	handle(s, get("list-pocket-revisions", pocketPath+"/revisions", "List the changes of a pocket, newest first"), func(ctx context.Context, in *struct {
		PocketPath
		Paging
	}) (app.List[app.Revision], error) {
		return s.app.PocketLog(ctx, in.path(), in.page())
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
	}) (app.Pocket, error) {
		return s.app.AddPocketFilters(ctx, in.path(), in.Body.Packages)
	})
	handle(s, remove("remove-pocket-filters", pocketPath+"/filters", "Take names of packages from the filters of a pull"), func(ctx context.Context, in *struct {
		PocketPath
		Package []string `query:"package,explode" required:"true" doc:"A name; several times for several"`
	}) (app.Pocket, error) {
		return s.app.RemovePocketFilters(ctx, in.path(), in.Package)
	})
	handle(s, post("add-pocket-uploaders", pocketPath+"/uploaders", "Let the owners of keys upload to a pocket", http.StatusOK), func(ctx context.Context, in *struct {
		PocketPath
		Body KeyNames
	}) (app.Pocket, error) {
		return s.app.AddPocketUploaders(ctx, in.path(), in.Body.Keys)
	})
	handle(s, remove("remove-pocket-uploaders", pocketPath+"/uploaders", "Let the owners of keys upload to a pocket no more"), func(ctx context.Context, in *struct {
		PocketPath
		Key []string `query:"key,explode" required:"true" doc:"Name or fingerprint of a key; several times for several"`
	}) (app.Pocket, error) {
		return s.app.RemovePocketUploaders(ctx, in.path(), in.Key)
	})
}
