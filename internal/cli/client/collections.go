package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Mirrors lists mirrors by name.
func (c *Client) Mirrors(ctx context.Context, p usecase.Page) (usecase.List[mirrors.Mirror], error) {
	return list[mirrors.Mirror](ctx, c, p, nil, "mirrors")
}

// CreateMirror makes a mirror.
func (c *Client) CreateMirror(ctx context.Context, in mirrors.NewMirror) (mirrors.Mirror, error) {
	return call[mirrors.Mirror](ctx, c, request{method: http.MethodPost, path: path("mirrors"), body: in})
}

// Mirror gives a mirror.
func (c *Client) Mirror(ctx context.Context, name string) (mirrors.Mirror, error) {
	return call[mirrors.Mirror](ctx, c, request{method: http.MethodGet, path: path("mirrors", name)})
}

// EditMirror replaces what a mirror follows.
func (c *Client) EditMirror(ctx context.Context, name string, config mirrors.MirrorConfig) (mirrors.Mirror, error) {
	return call[mirrors.Mirror](ctx, c, request{method: http.MethodPut, path: path("mirrors", name), body: routes.MirrorEdit{Config: config}})
}

// PrefetchMirror starts to fetch files that a mirror left upstream.
func (c *Client) PrefetchMirror(ctx context.Context, name string, in mirrors.Prefetch) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodPost, path: path("mirrors", name, "prefetch"), body: in})
}

// UpstreamFiles lists what a mirror left upstream, by path.
func (c *Client) UpstreamFiles(ctx context.Context, name string, p usecase.Page) (usecase.List[mirrors.UpstreamFile], error) {
	return list[mirrors.UpstreamFile](ctx, c, p, nil, "mirrors", name, "upstream")
}

// RenameMirror gives a mirror another name.
func (c *Client) RenameMirror(ctx context.Context, name, to string) (mirrors.Mirror, error) {
	return call[mirrors.Mirror](ctx, c, request{method: http.MethodPost, path: path("mirrors", name, "rename"), body: routes.Renaming{Name: to}})
}

// RetainMirror sets which past states of a mirror are kept.
func (c *Client) RetainMirror(ctx context.Context, name string, r collections.Retention) (mirrors.Mirror, error) {
	return call[mirrors.Mirror](ctx, c, request{method: http.MethodPut, path: path("mirrors", name, "retention"), body: r})
}

// DropMirror drops a mirror.
func (c *Client) DropMirror(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("mirrors", name)})
}

// SyncMirror starts a sync.
func (c *Client) SyncMirror(ctx context.Context, name string, o mirrors.SyncOptions) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodPost, path: path("mirrors", name, "sync"), body: routes.SyncRequest(o)})
}

// Repos lists repos by name.
func (c *Client) Repos(ctx context.Context, p usecase.Page) (usecase.List[collections.Collection], error) {
	return list[collections.Collection](ctx, c, p, nil, "repos")
}

// CreateRepo makes an empty repo.
func (c *Client) CreateRepo(ctx context.Context, in repos.NewRepo) (collections.Collection, error) {
	return call[collections.Collection](ctx, c, request{method: http.MethodPost, path: path("repos"), body: in})
}

// Repo gives a repo.
func (c *Client) Repo(ctx context.Context, name string) (collections.Collection, error) {
	return call[collections.Collection](ctx, c, request{method: http.MethodGet, path: path("repos", name)})
}

// EditRepo renames a repo, or changes what it says of itself.
func (c *Client) EditRepo(ctx context.Context, name string, in repos.RepoEdit) (collections.Collection, error) {
	return call[collections.Collection](ctx, c, request{method: http.MethodPatch, path: path("repos", name), body: in})
}

// CopyPackages lists packages of another collection in a repo too.
func (c *Client) CopyPackages(ctx context.Context, repo string, in routes.Copy) (collections.RepoChange, error) {
	return call[collections.RepoChange](ctx, c, request{method: http.MethodPost, path: path("repos", repo, "copy"), body: in})
}

// DropRepo drops a repo.
func (c *Client) DropRepo(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("repos", name)})
}

// RemovePackages takes packages out of a repo.
func (c *Client) RemovePackages(ctx context.Context, repo string, t collections.Terms) (collections.RepoChange, error) {
	return call[collections.RepoChange](ctx, c, request{method: http.MethodDelete, path: path("repos", repo, "packages"), query: terms(t)})
}

// Snapshots lists snapshots by name.
func (c *Client) Snapshots(ctx context.Context, p usecase.Page) (usecase.List[collections.Collection], error) {
	return list[collections.Collection](ctx, c, p, nil, "snapshots")
}

// CreateSnapshot names a state, or merges several.
func (c *Client) CreateSnapshot(ctx context.Context, in collections.NewSnapshot) (collections.Collection, error) {
	return call[collections.Collection](ctx, c, request{method: http.MethodPost, path: path("snapshots"), body: in})
}

// Pull makes a snapshot of one collection with packages of another.
func (c *Client) Pull(ctx context.Context, in collections.PullSnapshot) (collections.PullResult, error) {
	return call[collections.PullResult](ctx, c, request{method: http.MethodPost, path: path("snapshots", "pull"), body: in})
}

// Snapshot gives a snapshot.
func (c *Client) Snapshot(ctx context.Context, name string) (collections.Collection, error) {
	return call[collections.Collection](ctx, c, request{method: http.MethodGet, path: path("snapshots", name)})
}

// EditSnapshot renames a snapshot, or describes it.
func (c *Client) EditSnapshot(ctx context.Context, name string, in collections.SnapshotEdit) (collections.Collection, error) {
	return call[collections.Collection](ctx, c, request{method: http.MethodPatch, path: path("snapshots", name), body: in})
}

// DropSnapshot drops a snapshot.
func (c *Client) DropSnapshot(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("snapshots", name)})
}

// Packages lists packages of a collection; kind is mirror, repo or snapshot, and
// at a time, or empty for now.
func (c *Client) Packages(ctx context.Context, kind, name, at string, t collections.Terms, p usecase.Page) (usecase.List[collections.Package], error) {
	q := terms(t)
	q.Set("at", at)
	return list[collections.Package](ctx, c, p, q, kind+"s", name, "packages")
}

// SearchPackages searches a collection, or with in empty all of them.
func (c *Client) SearchPackages(ctx context.Context, in string, s collections.Search, details bool, p usecase.Page) (usecase.List[routes.FoundPackage], error) {
	q := url.Values{"q": {s.Query}, "in": {in}}
	if len(s.Architectures) > 0 {
		q["architecture"] = s.Architectures
	}
	for name, value := range map[string]bool{
		"with_dependencies": s.WithDependencies, "recommends": s.Recommends, "suggests": s.Suggests, "source": s.Source,
		"all_variants": s.AllVariants, "newest": s.Newest, "details": details,
	} {
		if value {
			q.Set(name, "true")
		}
	}
	return list[routes.FoundPackage](ctx, c, p, q, "packages")
}

// Package gives a package by its key.
func (c *Client) Package(ctx context.Context, key string) (routes.FoundPackage, error) {
	return call[routes.FoundPackage](ctx, c, request{method: http.MethodGet, path: path("packages", key)})
}

// Revisions lists the changes of a collection, newest first.
func (c *Client) Revisions(ctx context.Context, kind, name string, p usecase.Page) (usecase.List[collections.Revision], error) {
	return list[collections.Revision](ctx, c, p, nil, kind+"s", name, "revisions")
}

// Diff compares two collections, or states of them.
func (c *Client) Diff(ctx context.Context, left, right string) (usecase.List[collections.Change], error) {
	return list[collections.Change](ctx, c, usecase.Page{}, url.Values{"left": {left}, "right": {right}}, "diff")
}

func terms(t collections.Terms) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"name": t.Name, "version": t.Version, "architecture": t.Architecture, "type": t.Type, "component": t.Component, "q": t.Query,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}
