package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// MirrorEdit is what can be changed of a mirror.
type MirrorEdit struct {
	Config mirrors.MirrorConfig `json:"config" doc:"Takes the place of the whole configuration"`
}

// SyncRequest adjusts a sync.
type SyncRequest struct {
	Force bool `json:"force,omitempty" doc:"Read everything anew, and take over an upstream that lost many packages"`
	// LatestOnly has the shape of app.SyncOptions.
	LatestOnly bool `json:"latest_only,omitempty" doc:"This time, keep only the highest version of each package"`
}

// Renaming gives a thing another name.
type Renaming struct {
	Name string `json:"name" doc:"The new name"`
}

// mirrors adds /v1/mirrors.
func (s *service) mirrors() {
	handle(s, get("list-mirrors", "/v1/mirrors", "List mirrors by name"), func(ctx context.Context, in *Paging) (usecase.List[mirrors.Mirror], error) {
		return s.app.Mirrors.List(ctx, in.page())
	})
	handle(s, post("create-mirror", "/v1/mirrors", "Make a mirror; nothing is fetched before its first sync", http.StatusCreated),
		func(ctx context.Context, in *struct{ Body mirrors.NewMirror }) (mirrors.Mirror, error) {
			return s.app.Mirrors.Create(ctx, in.Body)
		})
	handle(s, get("get-mirror", "/v1/mirrors/{name}", "Get a mirror"), func(ctx context.Context, in *Named) (mirrors.Mirror, error) {
		return s.app.Mirrors.Get(ctx, in.Name)
	})
	handle(s, put("edit-mirror", "/v1/mirrors/{name}", "Replace what a mirror follows; the next sync acts on it"), func(ctx context.Context, in *struct {
		Named
		Body MirrorEdit
	}) (mirrors.Mirror, error) {
		return s.app.Mirrors.Edit(ctx, in.Name, in.Body.Config)
	})
	handleEmpty(s, remove("drop-mirror", "/v1/mirrors/{name}", "Drop a mirror that feeds no publication"), func(ctx context.Context, in *Named) error {
		return s.app.Mirrors.Drop(ctx, in.Name)
	})
	handle(s, post("sync-mirror", "/v1/mirrors/{name}/sync", "Start to bring a mirror up to date", http.StatusAccepted), func(ctx context.Context, in *struct {
		Named
		Body *SyncRequest
	}) (usecase.Activity, error) {
		var o mirrors.SyncOptions
		if in.Body != nil {
			o = mirrors.SyncOptions(*in.Body)
		}
		return s.app.Mirrors.Sync(ctx, in.Name, o)
	})
	handle(s, post("prefetch-mirror", "/v1/mirrors/{name}/prefetch", "Start to fetch files that a mirror left upstream", http.StatusAccepted), func(ctx context.Context, in *struct {
		Named
		Body *mirrors.Prefetch
	}) (usecase.Activity, error) {
		var what mirrors.Prefetch
		if in.Body != nil {
			what = *in.Body
		}
		return s.app.Mirrors.Prefetch(ctx, in.Name, what)
	})
	handle(s, get("list-upstream-files", "/v1/mirrors/{name}/upstream", "List files that a mirror left upstream and nobody asked for yet, by path"), func(ctx context.Context, in *struct {
		Named
		Paging
	}) (usecase.List[mirrors.UpstreamFile], error) {
		return s.app.Mirrors.UpstreamFiles(ctx, in.Name, in.page())
	})
	handle(s, post("rename-mirror", "/v1/mirrors/{name}/rename", "Give a mirror another name", http.StatusOK), func(ctx context.Context, in *struct {
		Named
		Body Renaming
	}) (mirrors.Mirror, error) {
		return s.app.Mirrors.Rename(ctx, in.Name, in.Body.Name)
	})
	handle(s, put("retain-mirror", "/v1/mirrors/{name}/retention", "Set which past states of a mirror are kept"), func(ctx context.Context, in *struct {
		Named
		Body collections.Retention
	}) (mirrors.Mirror, error) {
		return s.app.Mirrors.Retain(ctx, in.Name, in.Body)
	})
	s.contents("mirror")
}
