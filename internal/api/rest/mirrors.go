package rest

import (
	"context"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// mirrors adds /v1/mirrors.
func (s *service) mirrors() {
	handle(s, routes.ListMirrors, paged(s.app.Mirrors.List))
	handle(s, routes.CreateMirror, body(s.app.Mirrors.Create))
	handle(s, routes.GetMirror, named(s.app.Mirrors.Get))
	handle(s, routes.EditMirror, func(ctx context.Context, in *routes.NamedBody[routes.MirrorEdit]) (mirrors.Mirror, error) {
		return s.app.Mirrors.Edit(ctx, in.Name, in.Body.Config)
	})
	handleEmpty(s, routes.DropMirror, func(ctx context.Context, in *routes.Named) error {
		return s.app.Collections.Drop(ctx, collections.Mirror, in.Name)
	})
	handle(s, routes.SyncMirror, func(ctx context.Context, in *routes.NamedBody[*routes.SyncRequest]) (usecase.Activity, error) {
		return s.app.Mirrors.Sync(ctx, in.Name, mirrors.SyncOptions(orZero(in.Body)))
	})
	handle(s, routes.PrefetchMirror, func(ctx context.Context, in *routes.NamedBody[*mirrors.Prefetch]) (usecase.Activity, error) {
		return s.app.Mirrors.Prefetch(ctx, in.Name, orZero(in.Body))
	})
	handle(s, routes.ListUpstreamFiles, func(ctx context.Context, in *routes.NamedPaging) (usecase.List[mirrors.UpstreamFile], error) {
		return s.app.Mirrors.UpstreamFiles(ctx, in.Name, in.Page())
	})
	handle(s, routes.RenameMirror, func(ctx context.Context, in *routes.NamedBody[routes.Renaming]) (mirrors.Mirror, error) {
		return s.app.Mirrors.Rename(ctx, in.Name, in.Body.Name)
	})
	handle(s, routes.RetainMirror, namedBody(s.app.Mirrors.Retain))
	s.contents("mirror")
}

// tasks adds /v1/tasks.
func (s *service) tasks() {
	schemas := s.api.OpenAPI().Components.Schemas
	handle(s, routes.RunAPTMirrorTask, func(ctx context.Context, in *routes.TaskRequest) (usecase.Activity, error) {
		task, err := mirrors.ReadTask(in.Body)
		if err != nil {
			return usecase.Activity{}, err
		}
		at, err := instant(in.At)
		if err != nil {
			return usecase.Activity{}, err
		}
		return s.app.Mirrors.RunTask(ctx, task, mirrors.TaskOptions{DryRun: in.DryRun, Force: in.Force, At: at})
	}, func(op *huma.Operation) {
		op.SkipValidateBody = true
		op.RequestBody = &huma.RequestBody{
			Required: true,
			Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
				Description: "The task_data alone, or the whole task",
				OneOf: []*huma.Schema{
					schemas.Schema(reflect.TypeFor[mirrors.Task](), true, "MirrorTask"),
					schemas.Schema(reflect.TypeFor[routes.WholeTask](), true, "WholeTask"),
				},
			}}},
		}
	})
}
