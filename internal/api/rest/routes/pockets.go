package routes

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Routes of distributions, series and pockets.
var (
	ListDistributions     = get[ListDistributionsInput, usecase.List[pockets.Distribution]]("list-distributions", "/v1/distributions", "List distributions with their series and pockets, by name")
	CreateDistribution    = post[Body[pockets.NewDistribution], pockets.Distribution]("create-distribution", "/v1/distributions", "Create a distribution without series", http.StatusCreated)
	GetDistribution       = get[Named, pockets.Distribution]("get-distribution", "/v1/distributions/{name}", "Get a distribution with its series and pockets")
	DropDistribution      = drop[Named]("drop-distribution", "/v1/distributions/{name}", "Drop a distribution with its series and pockets; past times stay available")
	ListSeries            = get[ListSeriesInput, usecase.List[pockets.Series]]("list-series", "/v1/series", "List series with their pockets, by distribution and name")
	CreateSeries          = post[Body[pockets.NewSeries], pockets.Series]("create-series", "/v1/series", "Create a series, with pockets that mirror an upstream or with none", http.StatusCreated)
	GetSeries             = get[SeriesPath, pockets.Series]("get-series", "/v1/series/{distribution}/{series}", "Get a series with its pockets")
	DeriveSeries          = post[DeriveSeriesInput, pockets.Series]("derive-series", "/v1/series/{distribution}/{series}/derive", "Create a series whose pockets pull from those of this one", http.StatusCreated)
	DropSeries            = drop[SeriesPath]("drop-series", "/v1/series/{distribution}/{series}", "Drop a series with its pockets; past times stay available")
	ListPockets           = get[ListPocketsInput, usecase.List[pockets.Pocket]]("list-pockets", "/v1/pockets", "List pockets by distribution, series and name")
	CreatePocket          = post[Body[pockets.NewPocket], pockets.Pocket]("create-pocket", "/v1/pockets", "Create a pocket, published with no packages", http.StatusCreated)
	GetPocket             = get[PocketPath, pockets.Pocket]("get-pocket", "/v1/pockets/{distribution}/{series}/{pocket}", "Get a pocket")
	EditPocket            = patch[PocketBody[pockets.PocketEdit], pockets.Pocket]("edit-pocket", "/v1/pockets/{distribution}/{series}/{pocket}", "Change a pocket and publish it again")
	DropPocket            = drop[PocketPath]("drop-pocket", "/v1/pockets/{distribution}/{series}/{pocket}", "Drop a pocket; past times stay available")
	ListPocketPackages    = get[ListPocketPackagesInput, usecase.List[collections.Package]]("list-pocket-packages", "/v1/pockets/{distribution}/{series}/{pocket}/packages", "List the packages of a pocket")
	ListPocketRevisions   = get[ListPocketRevisionsInput, usecase.List[collections.Revision]]("list-pocket-revisions", "/v1/pockets/{distribution}/{series}/{pocket}/revisions", "List the changes of a pocket, newest first")
	AddPocketFilters      = post[PocketBody[PackageNames], pockets.Pocket]("add-pocket-filters", "/v1/pockets/{distribution}/{series}/{pocket}/filters", "Add names of packages to the filters of a pull", http.StatusOK)
	RemovePocketFilters   = remove[RemovePocketFiltersInput, pockets.Pocket]("remove-pocket-filters", "/v1/pockets/{distribution}/{series}/{pocket}/filters", "Remove names of packages from the filters of a pull")
	AddPocketUploaders    = post[PocketBody[KeyNames], pockets.Pocket]("add-pocket-uploaders", "/v1/pockets/{distribution}/{series}/{pocket}/uploaders", "Let the owners of keys upload to a pocket", http.StatusOK)
	RemovePocketUploaders = remove[RemovePocketUploadersInput, pockets.Pocket]("remove-pocket-uploaders", "/v1/pockets/{distribution}/{series}/{pocket}/uploaders", "Let the owners of keys upload to a pocket no more")
	SyncPocket            = post[PocketPath, usecase.Activity]("sync-pocket", "/v1/pockets/{distribution}/{series}/{pocket}/sync", "Start to bring a pocket that mirrors up to date", http.StatusAccepted)
	DiffPocket            = get[PocketPath, usecase.List[pockets.PocketArea]]("diff-pocket", "/v1/pockets/{distribution}/{series}/{pocket}/diff", "Tell what a pull would change")
	CheckPocket           = get[CheckPocketInput, pockets.PullCheck]("check-pocket", "/v1/pockets/{distribution}/{series}/{pocket}/check", "Tell what a pull would change, and what it would break for machines")
	PullPocket            = post[PocketBody[*PullRequest], usecase.Activity]("pull-pocket", "/v1/pockets/{distribution}/{series}/{pocket}/pull", "Start to give a pocket that pulls what its origin has", http.StatusAccepted)
	RevertPocket          = post[PocketBody[RevertRequest], usecase.Activity]("revert-pocket", "/v1/pockets/{distribution}/{series}/{pocket}/revert", "Start to give a pocket the packages that it had", http.StatusAccepted)
	RemovePocketPackages  = accepted(remove[RemovePocketPackagesInput, usecase.Activity]("remove-pocket-packages", "/v1/pockets/{distribution}/{series}/{pocket}/packages", "Start to remove packages from a pocket that takes uploads"))
)

// SeriesPath is the path of a series.
type SeriesPath struct {
	Distribution string `path:"distribution" maxLength:"200"`
	Series       string `path:"series" maxLength:"200"`
}

// DerivedSeries is the request for a series that pulls from another one.
type DerivedSeries struct {
	Name string `json:"name" doc:"Of the series to be made"`
}

// PocketBody is the path of a pocket and a body.
type PocketBody[T any] struct {
	PocketPath
	Body T
}

// PocketPath is the path of a pocket.
type PocketPath struct {
	Distribution string `path:"distribution" maxLength:"200"`
	Series       string `path:"series" maxLength:"200"`
	Pocket       string `path:"pocket" maxLength:"200"`
}

// PackageNames are names of packages.
type PackageNames struct {
	Packages []string `json:"packages" minItems:"1"`
}

// KeyNames name keys.
type KeyNames struct {
	Keys []string `json:"keys" minItems:"1" doc:"Names or fingerprints of stored keys"`
}

// PullRequest adjusts a pull.
type PullRequest struct {
	Check bool `json:"check,omitempty" doc:"Refuse a pull that would break something for machines, which the rest describes"`
	pockets.Joined
}

// RevertRequest names the past state that a pocket gets again.
type RevertRequest struct {
	To string `json:"to" doc:"The number of a revision, or a time"`
}

// ListDistributionsInput is the input of [ListDistributions].
type ListDistributionsInput struct {
	Paging
	Name string `query:"name" doc:"A name, or a pattern such as ubuntu*"`
}

// ListSeriesInput is the input of [ListSeries].
type ListSeriesInput struct {
	Paging
	Distribution string `query:"distribution" doc:"A name, or a pattern"`
	Name         string `query:"name" doc:"A name, or a pattern"`
}

// DeriveSeriesInput is the input of [DeriveSeries].
type DeriveSeriesInput struct {
	SeriesPath
	Body DerivedSeries
}

// ListPocketsInput is the input of [ListPockets].
type ListPocketsInput struct {
	Paging
	Distribution string `query:"distribution" doc:"A name, or a pattern"`
	Series       string `query:"series" doc:"A name, or a pattern"`
	Name         string `query:"name" doc:"A name, or a pattern"`
	Mode         string `query:"mode" enum:"mirror,pull,upload"`
}

// ListPocketPackagesInput is the input of [ListPocketPackages].
type ListPocketPackagesInput struct {
	PocketPath
	Terms
	Paging
	At string `query:"at" doc:"The number of a revision or a time, for the packages of then"`
}

// ListPocketRevisionsInput is the input of [ListPocketRevisions].
type ListPocketRevisionsInput struct {
	PocketPath
	Paging
}

// RemovePocketFiltersInput is the input of [RemovePocketFilters].
type RemovePocketFiltersInput struct {
	PocketPath
	Package []string `query:"package,explode" required:"true" doc:"A name; several times for several"`
}

// RemovePocketUploadersInput is the input of [RemovePocketUploaders].
type RemovePocketUploadersInput struct {
	PocketPath
	Key []string `query:"key,explode" required:"true" doc:"Name or fingerprint of a key; several times for several"`
}

// CheckPocketInput is the input of [CheckPocket].
type CheckPocketInput struct {
	PocketPath
	With         []string `query:"with,explode" maxItems:"100" doc:"What the machines install from besides: DISTRIBUTION/SERIES/POCKET, POCKET of the same series, mirror:NAME and the like; several times for several; none: the pockets release, updates and security of the series"`
	Profile      string   `query:"profile" doc:"What machines with this repository profile install from, instead"`
	Architecture []string `query:"architecture,explode" maxItems:"20" doc:"Of the machines; none: those of the pocket"`
}

// RemovePocketPackagesInput is the input of [RemovePocketPackages].
type RemovePocketPackagesInput struct {
	PocketPath
	Package []string `query:"package,explode" required:"true" doc:"A name; several times for several"`
}

// SendToPocket returns the input of a route that takes the path of a pocket and a body.
func SendToPocket[T any](at pockets.Path, body T) PocketBody[T] {
	return PocketBody[T]{PocketPath(at), body}
}
