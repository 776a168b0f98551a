package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// pocketParameters name a pocket.
type pocketParameters struct {
	Name         string `param:"name" doc:"The name of the pocket."`
	Series       string `param:"series" doc:"The series that it is in."`
	Distribution string `param:"distribution" doc:"The distribution of the series."`
}

func (p pocketParameters) path() pockets.Path {
	return pockets.Path{Distribution: p.Distribution, Series: p.Series, Pocket: p.Name}
}

func removePocket(ctx context.Context, c *call, in pocketParameters) (any, error) {
	return nil, theirWords(c.app.Pockets.Drop(ctx, in.path()))
}

func syncMirrorPocket(ctx context.Context, c *call, in pocketParameters) (any, error) {
	a, err := c.app.Pockets.Sync(ctx, in.path())
	return c.started(ctx, a, err)
}

func pullPackagesToPocket(ctx context.Context, c *call, in pocketParameters) (any, error) {
	a, err := c.app.Pockets.Pull(ctx, in.path())
	return c.started(ctx, a, err)
}

// areaOf returns the name of a part of a pocket.
func areaOf(a pockets.PocketArea) string { return a.Component + "/" + a.Architecture }

// pairs returns packages as pairs of name and version.
func pairs(list []collections.PackageVersion) [][]string {
	return usecase.Map(list, func(p collections.PackageVersion) []string { return []string{p.Name, p.Version} })
}

// shownDiff has the changes of a pull in a part of a pocket.
type shownDiff struct {
	Add    [][]string `json:"add,omitempty"`
	Update [][]string `json:"update,omitempty"`
	Delete [][]string `json:"delete,omitempty"`
}

func diffPullPocket(ctx context.Context, c *call, in pocketParameters) (any, error) {
	areas, err := c.app.Pockets.Diff(ctx, in.path())
	shown := map[string]shownDiff{}
	for _, a := range areas {
		updates := usecase.Map(a.Update, func(p pockets.PackageUpdate) []string { return []string{p.Name, p.Old, p.New} })
		shown[areaOf(a)] = shownDiff{Add: pairs(a.Add), Update: updates, Delete: pairs(a.Delete)}
	}
	return shown, theirWords(err)
}

func listPocket(ctx context.Context, c *call, in pocketParameters) (any, error) {
	areas, err := c.app.Pockets.ListPackages(ctx, in.path())
	shown := map[string][][]string{}
	for _, a := range areas {
		shown[areaOf(a)] = pairs(a.Packages)
	}
	return shown, theirWords(err)
}

type pocketPackagesParameters struct {
	pocketParameters
	Packages []string `param:"packages" doc:"Names of packages."`
}

func removePackagesFromPocket(ctx context.Context, c *call, in pocketPackagesParameters) (any, error) {
	a, err := c.app.Pockets.Remove(ctx, in.path(), in.Packages)
	return c.started(ctx, a, err)
}

func addPackageFiltersToPocket(ctx context.Context, c *call, in pocketPackagesParameters) (any, error) {
	return answerPocket(c.app.Pockets.AddFilters(ctx, in.path(), in.Packages))
}

func removePackageFiltersFromPocket(ctx context.Context, c *call, in pocketPackagesParameters) (any, error) {
	return answerPocket(c.app.Pockets.RemoveFilters(ctx, in.path(), in.Packages))
}

type pocketKeysParameters struct {
	pocketParameters
	GPGKeys []string `param:"gpg_keys" doc:"Names of GPG keys."`
}

func addUploaderGPGKeysToPocket(ctx context.Context, c *call, in pocketKeysParameters) (any, error) {
	return answerPocket(c.app.Pockets.AddUploaders(ctx, in.path(), in.GPGKeys))
}

func removeUploaderGPGKeysFromPocket(ctx context.Context, c *call, in pocketKeysParameters) (any, error) {
	return answerPocket(c.app.Pockets.RemoveUploaders(ctx, in.path(), in.GPGKeys))
}
