package routes

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Routes of repos.
var (
	ListRepos      = get[Paging, usecase.List[collections.Collection]]("list-repos", "/v1/repos", "List repos by name")
	CreateRepo     = post[Body[repos.NewRepo], collections.Collection]("create-repo", "/v1/repos", "Create a repo", http.StatusCreated)
	GetRepo        = get[Named, collections.Collection]("get-repo", "/v1/repos/{name}", "Get a repo")
	EditRepo       = patch[NamedBody[repos.RepoEdit], collections.Collection]("edit-repo", "/v1/repos/{name}", "Rename a repo, or change what it says of itself")
	CopyPackages   = post[NamedBody[Copy], collections.RepoChange]("copy-packages", "/v1/repos/{name}/copy", "List packages of another collection in a repo too", http.StatusOK)
	DropRepo       = drop[Named]("drop-repo", "/v1/repos/{name}", "Drop a repo that feeds no publication")
	RemovePackages = remove[RemovePackagesInput, collections.RepoChange]("remove-packages", "/v1/repos/{name}/packages", "Remove the packages that match all parameters from a repo")
	GetUploaders   = get[Named, repos.Uploaders]("get-uploaders", "/v1/repos/{name}/uploaders", "Get the rules of whose .changes files a repo takes")
	SetUploaders   = put[NamedBody[repos.Uploaders], repos.Uploaders]("set-uploaders", "/v1/repos/{name}/uploaders", "Say whose .changes files a repo takes")
	DropUploaders  = drop[Named]("drop-uploaders", "/v1/repos/{name}/uploaders", "Accept every .changes file whose signature is good")
	AddPackages    = post[AddPackagesInput, collections.RepoChange]("add-packages", "/v1/repos/{name}/packages", "Add files to a repo: packages, and .dsc or .changes with what they list; all or none", http.StatusOK)
)

// AddPackagesInput is the input of [AddPackages], whose body is a form with the files.
type AddPackagesInput struct {
	Named
	Component string `query:"component" doc:"Where to list the packages; the repo's own if empty" maxLength:"200"`
	Replace   bool   `query:"replace" doc:"Remove packages of the same name, version and architecture with other content"`
}

// Copy chooses packages of another collection for a repo.
type Copy struct {
	From             string `json:"from" doc:"mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state"`
	Query            string `json:"q,omitempty" doc:"A package query; empty: all"`
	WithDependencies bool   `json:"with_dependencies,omitempty" doc:"And what they depend on, as far as it is there"`
	DryRun           bool   `json:"dry_run,omitempty" doc:"Only tell what would come"`
}

// RemovePackagesInput is the input of [RemovePackages].
type RemovePackagesInput struct {
	Named
	Terms
}
