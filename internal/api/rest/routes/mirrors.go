package routes

import (
	"encoding/json"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Routes of mirrors.
var (
	ListMirrors       = get[Paging, usecase.List[mirrors.Mirror]]("list-mirrors", "/v1/mirrors", "List mirrors by name")
	CreateMirror      = post[Body[mirrors.NewMirror], mirrors.Mirror]("create-mirror", "/v1/mirrors", "Create a mirror; nothing is fetched before its first sync", http.StatusCreated)
	GetMirror         = get[Named, mirrors.Mirror]("get-mirror", "/v1/mirrors/{name}", "Get a mirror")
	EditMirror        = put[NamedBody[MirrorEdit], mirrors.Mirror]("edit-mirror", "/v1/mirrors/{name}", "Replace what a mirror follows; the next sync acts on it")
	DropMirror        = drop[Named]("drop-mirror", "/v1/mirrors/{name}", "Drop a mirror that feeds no publication")
	SyncMirror        = post[NamedBody[*SyncRequest], usecase.Activity]("sync-mirror", "/v1/mirrors/{name}/sync", "Start to bring a mirror up to date", http.StatusAccepted)
	PrefetchMirror    = post[NamedBody[*mirrors.Prefetch], usecase.Activity]("prefetch-mirror", "/v1/mirrors/{name}/prefetch", "Start to fetch files that a mirror left upstream", http.StatusAccepted)
	ListUpstreamFiles = get[NamedPaging, usecase.List[mirrors.UpstreamFile]]("list-upstream-files", "/v1/mirrors/{name}/upstream", "List files that a mirror left upstream and nobody asked for yet, by path")
	RenameMirror      = post[NamedBody[Renaming], mirrors.Mirror]("rename-mirror", "/v1/mirrors/{name}/rename", "Give a mirror another name", http.StatusOK)
	RunAPTMirrorTask  = post[TaskRequest, usecase.Activity]("run-aptmirror-task", "/v1/tasks/aptmirror", "Run an APTMirror task: make a mirror what a suite is upstream", http.StatusAccepted)
	RetainMirror      = put[NamedBody[collections.Retention], mirrors.Mirror]("retain-mirror", "/v1/mirrors/{name}/retention", "Set which past states of a mirror are kept")
)

// MirrorEdit is a new configuration of a mirror.
type MirrorEdit struct {
	Config mirrors.Config `json:"config" doc:"Takes the place of the whole configuration"`
}

// SyncRequest adjusts a sync.
type SyncRequest struct {
	Force bool `json:"force,omitempty" doc:"Read everything again, and accept an upstream that lost many packages"`
	// LatestOnly stands here so that the struct converts to mirrors.SyncOptions.
	LatestOnly bool `json:"latest_only,omitempty" doc:"This time, keep only the highest version of each package"`
}

// Renaming is a new name.
type Renaming struct {
	Name string `json:"name" doc:"The new name"`
}

// WholeTask is a task with its name, as debusine's clients send it.
type WholeTask struct {
	TaskName string       `json:"task_name,omitempty" enum:"aptmirror"`
	TaskData mirrors.Task `json:"task_data"`
}

// TaskRequest is a task with the options of its run.
type TaskRequest struct {
	DryRun bool            `query:"dry_run" doc:"Tell what it would add, replace and remove, and change nothing"`
	At     string          `query:"at" doc:"In a dry run, compare with the collection as it was then: 20261120T120000Z"`
	Force  bool            `query:"force" doc:"Read everything again, and accept an upstream that lost many packages"`
	Body   json.RawMessage // read by the door, which tells more precisely what is wrong with it
}
