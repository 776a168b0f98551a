package rest

import (
	"context"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// tasks adds /v1/tasks.
func (s *service) tasks() {
	schemas := s.api.OpenAPI().Components.Schemas
	handle(s, routes.RunAPTMirrorTask, func(ctx context.Context, in *routes.TaskRequest) (usecase.Activity, error) {
		task, err := mirrors.ReadMirrorTask(in.Body)
		if err != nil {
			return usecase.Activity{}, err
		}
		o := mirrors.TaskOptions{DryRun: in.DryRun, Force: in.Force}
		if in.At != "" {
			if o.At, err = usecase.ParseInstant("at", in.At); err != nil {
				return usecase.Activity{}, err
			}
		}
		return s.app.Mirrors.RunTask(ctx, task, o)
	}, func(op *huma.Operation) {
		op.SkipValidateBody = true
		op.RequestBody = &huma.RequestBody{
			Required: true,
			Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
				Description: "The task_data alone, or the whole task",
				OneOf: []*huma.Schema{
					schemas.Schema(reflect.TypeFor[mirrors.MirrorTask](), true, "MirrorTask"),
					schemas.Schema(reflect.TypeFor[routes.WholeTask](), true, "WholeTask"),
				},
			}}},
		}
	})
}
