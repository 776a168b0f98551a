package routes

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Routes of snapshots, packages and histories.
var (
	ListSnapshots  = get[Paging, usecase.List[collections.Collection]]("list-snapshots", "/v1/snapshots", "List snapshots by name")
	CreateSnapshot = post[Body[collections.NewSnapshot], collections.Collection]("create-snapshot", "/v1/snapshots", "Name a state of a collection, merge several, or choose packages", http.StatusCreated)
	PullSnapshot   = post[Body[collections.PullSnapshot], collections.PullResult]("pull-snapshot", "/v1/snapshots/pull", "Create a snapshot of one collection with some packages of another", http.StatusCreated)
	GetSnapshot    = get[Named, collections.Collection]("get-snapshot", "/v1/snapshots/{name}", "Get a snapshot")
	EditSnapshot   = patch[NamedBody[collections.SnapshotEdit], collections.Collection]("edit-snapshot", "/v1/snapshots/{name}", "Rename a snapshot, or describe it")
	DropSnapshot   = drop[Named]("drop-snapshot", "/v1/snapshots/{name}", "Drop a snapshot that feeds no publication")
	Diff           = get[DiffInput, usecase.List[collections.Change]]("diff", "/v1/diff", "Compare two collections or publications, or states of them")
	SearchPackages = get[SearchPackagesInput, usecase.List[FoundPackage]]("search-packages", "/v1/packages", "Search packages, in one collection or in all")
	GetPackage     = get[GetPackageInput, FoundPackage]("get-package", "/v1/packages/{key}", "Get a package by its key")
	ListHistory    = get[ListHistoryInput, usecase.List[collections.Revision]]("log", "/v1/log", "List what became of a collection or publication, newest first")
	RevertTo       = post[Body[Revert], publications.Reverted]("revert", "/v1/revert", "Restore a repo or a publication to a past state", http.StatusOK)
	CheckBreakage  = get[CheckBreakageInput, collections.Breakage]("breakage", "/v1/breakage", "Tell which packages could not be installed any more, or are new and cannot be")
)

// ListPackages returns the route that lists the packages of a mirror, repo or snapshot.
func ListPackages(kind string) Route[ListPackagesInput, usecase.List[collections.Package]] {
	return get[ListPackagesInput, usecase.List[collections.Package]]("list-"+kind+"-packages", "/v1/"+kind+"s/{name}/packages", "List the packages of a "+kind)
}

// ListPackagesInput is the input of [ListPackages].
type ListPackagesInput struct {
	Named
	Terms
	Paging
	At string `query:"at" doc:"A time, for the packages of then: 20261120T120000Z or 2026-11-20T12:00:00Z"`
}

// ListRevisions returns the route that lists the changes of a mirror, repo or snapshot.
func ListRevisions(kind string) Route[NamedPaging, usecase.List[collections.Revision]] {
	return get[NamedPaging, usecase.List[collections.Revision]]("list-"+kind+"-revisions", "/v1/"+kind+"s/{name}/revisions", "List the changes of a "+kind+", newest first")
}

// NamedPaging chooses a part of a list of one thing.
type NamedPaging struct {
	Named
	Paging
}

// Terms choose packages; see [collections.Terms].
type Terms struct {
	Package      string `query:"name" doc:"A name, or a pattern such as linux-*"`
	Version      string `query:"version"`
	Architecture string `query:"architecture"`
	Type         string `query:"type" doc:"deb, udeb or source"`
	Component    string `query:"component"`
	Query        string `query:"q" doc:"A package query, such as: nginx (>= 1.22) | Priority (required)" maxLength:"65536"`
}

// Search chooses packages by a query; see [collections.Search].
type Search struct {
	Query            string   `query:"q" doc:"A package query; empty: all" maxLength:"65536"`
	In               string   `query:"in" doc:"mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION, with @TIME or #NUMBER for a past state; empty: all that any collection lists now"`
	At               string   `query:"at" doc:"A time, for the state of then of the collection in"`
	WithDependencies bool     `query:"with_dependencies" doc:"And what they depend on, as far as it is there"`
	Architectures    []string `query:"architecture,explode" doc:"For which dependencies are looked for; empty: those that there are"`
	Recommends       bool     `query:"recommends" doc:"Recommended packages count as dependencies"`
	Suggests         bool     `query:"suggests" doc:"Suggested packages count as dependencies"`
	Source           bool     `query:"source" doc:"The source packages count as dependencies"`
	AllVariants      bool     `query:"all_variants" doc:"Find whatever satisfies a dependency, not one of those"`
	Newest           bool     `query:"newest" doc:"The highest version of each name and architecture alone"`
	Details          bool     `query:"details" doc:"With their files and control fields"`
}

// FoundPackage is a result of a search, with its files and control fields if the search asked
// for details.
type FoundPackage struct {
	collections.Found
	Fields map[string]string `json:"fields,omitempty" doc:"Its control fields"`
}

// Revert names the past state that a repo or publication gets again.
type Revert struct {
	Ref string `json:"ref" doc:"repo:NAME or publish:PREFIX/DISTRIBUTION, with @TIME or #NUMBER behind it"`
}

// DiffInput is the input of [Diff].
type DiffInput struct {
	Left  string `query:"left" required:"true" doc:"mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION, with @TIME or #NUMBER for a past state"`
	Right string `query:"right" required:"true" doc:"The same"`
}

// SearchPackagesInput is the input of [SearchPackages].
type SearchPackagesInput struct {
	Search
	Paging
}

// GetPackageInput is the input of [GetPackage].
type GetPackageInput struct {
	Key string `path:"key" maxLength:"1000" doc:"As a search shows it; without its hash, the newest of those with the name, version and architecture"`
}

// ListHistoryInput is the input of [ListHistory].
type ListHistoryInput struct {
	Ref string `query:"ref" required:"true" doc:"mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION; with @TIME or #NUMBER from then on back"`
	Paging
}

// CheckBreakageInput is the input of [CheckBreakage].
type CheckBreakageInput struct {
	Before       []string `query:"before,explode" maxItems:"100" doc:"What machines install from: mirror:NAME, repo:NAME, snapshot:NAME or publish:PREFIX/DISTRIBUTION, with @TIME or #NUMBER for a past state; several times for several"`
	After        []string `query:"after,explode" required:"true" maxItems:"100" doc:"What they would install from, of what stays too"`
	Architecture []string `query:"architecture,explode" maxItems:"20" doc:"Of the machines; none: all that there are"`
}
