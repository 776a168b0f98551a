package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// WholeTask is a task with its name, as debusine's clients send it.
type WholeTask struct {
	TaskName string             `json:"task_name,omitempty" enum:"aptmirror"`
	TaskData mirrors.MirrorTask `json:"task_data"`
}

// TaskRequest is a task, and how it is to be run.
type TaskRequest struct {
	DryRun bool            `query:"dry_run" doc:"Tell what it would add, replace and remove, and change nothing"`
	At     string          `query:"at" doc:"In a dry run, compare with the collection as it was then: 20261120T120000Z"`
	Force  bool            `query:"force" doc:"Read everything anew, and take over an upstream that lost many packages"`
	Body   json.RawMessage // read by the door, which tells more precisely what is wrong with it
}

// tasks adds /v1/tasks.
func (s *service) tasks() {
	op := post("run-aptmirror-task", "/v1/tasks/aptmirror", "Run an APTMirror task: make a mirror what a suite is upstream", http.StatusAccepted)
	schemas := s.api.OpenAPI().Components.Schemas
	op.RequestBody = &huma.RequestBody{
		Required: true,
		Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
			Description: "The task_data alone, or the whole task",
			OneOf: []*huma.Schema{
				schemas.Schema(reflect.TypeFor[mirrors.MirrorTask](), true, "MirrorTask"),
				schemas.Schema(reflect.TypeFor[WholeTask](), true, "WholeTask"),
			},
		}}},
	}
	op.SkipValidateBody = true
	handle(s, op, func(ctx context.Context, in *TaskRequest) (usecase.Activity, error) {
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
	})
}
