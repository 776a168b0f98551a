package aptly

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// repo is a local repo as clients see it.
type repo struct {
	Name                string
	Comment             string
	DefaultDistribution string
	DefaultComponent    string
}

func showRepo(r collections.Collection) repo {
	return repo{r.Name, r.Description, r.Distribution, r.OwnComponent}
}

// allRepos is the resource of tasks that may change every repo.
const allRepos = "__alllocalrepos__"

func repoResource(r collections.Collection) string { return "L" + uuid(r.ID) }

func (s *service) repoRoutes() []route {
	return []route{
		{"GET", "repos", "List repos", listRepos},
		{"POST", "repos", "Make a repo", sending(createRepo)},
		{"GET", "repos/:name", "Show a repo", func(c *call) (answer, error) {
			r, err := c.repo()
			return ok(showRepo(r)), err
		}},
		{"PUT", "repos/:name", "Edit a repo", sending(editRepo)},
		{"DELETE", "repos/:name", "Drop a repo", dropRepo},
		{"GET", "repos/:name/packages", "List or search the packages of a repo", func(c *call) (answer, error) {
			r, err := c.repo()
			if err != nil {
				return answer{}, err
			}
			return c.search(&collections.Ref{Kind: "repo", Name: r.Name})
		}},
		{"POST", "repos/:name/packages", "Add packages by their keys", changePackages((*repos.Service).ListPackages, "Add packages to repo ")},
		{"DELETE", "repos/:name/packages", "Remove packages by their keys", changePackages((*repos.Service).UnlistPackages, "Delete packages from repo ")},
		{"POST", "repos/:name/file/:dir", "Add uploaded packages", importFiles},
		{"POST", "repos/:name/file/:dir/:file", "Add an uploaded package", importFiles},
		{"POST", "repos/:name/include/:dir", "Take in uploaded .changes files", includeChanges},
		{"POST", "repos/:name/include/:dir/:file", "Take in an uploaded .changes file", includeChanges},
		{"POST", "repos/:name/copy/:src/:query", "Copy packages from another repo", copyPackages},
		{"POST", "repos/:name/snapshots", "Make a snapshot of a repo", sending(snapshotRepo)},
	}
}

// repo returns the repo in the path.
func (c *call) repo() (collections.Collection, error) { return c.repoNamed(c.parameter("name")) }

func (c *call) repoNamed(name string) (collections.Collection, error) {
	return lookup(c, name, "local repo with name "+name+" not found", c.service.app.Repos.Get, idOf)
}

func isTemplate(name string) bool { return strings.Contains(name, "{{") }

func listRepos(c *call) (answer, error) {
	type counted struct {
		repo
		NumPackages int
	}
	list, err := usecase.Every(c.Context(), c.service.app.Repos.List)
	return ok(usecase.Map(list, func(r collections.Collection) counted { return counted{showRepo(r), r.Packages} })), err
}

func createRepo(c *call, in struct {
	Name                                                         string `binding:"required"`
	Comment, DefaultDistribution, DefaultComponent, FromSnapshot string
}) (answer, error) {
	fresh := repos.NewRepo{Name: in.Name, Description: in.Comment, Distribution: in.DefaultDistribution, Component: in.DefaultComponent}
	if in.FromSnapshot != "" {
		if _, err := c.service.app.Collections.Snapshot(c.Context(), in.FromSnapshot); err != nil {
			return answer{}, as(err, problem.NotFound, http.StatusNotFound, "source snapshot not found: ")
		}
		fresh.From = "snapshot:" + in.FromSnapshot
	}
	return c.task("Create repo "+in.Name, nil, func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		r, err := c.service.app.Repos.Create(ctx, fresh)
		if problem.Is(err, problem.Conflict) {
			err = fail(http.StatusConflict, "local repo with name %s already exists", in.Name)
		}
		return answer{http.StatusCreated, showRepo(r)}, err
	})
}

func editRepo(c *call, in struct{ Name, Comment, DefaultDistribution, DefaultComponent *string }) (answer, error) {
	r, err := c.repo()
	if err != nil {
		return answer{}, err
	}
	edit := repos.RepoEdit{Name: in.Name, Description: in.Comment, Distribution: in.DefaultDistribution, Component: in.DefaultComponent}
	return c.task("Update repo "+r.Name, []string{repoResource(r)}, func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		edited, err := c.service.app.Repos.Edit(ctx, r.Name, edit)
		if problem.Is(err, problem.Conflict) && in.Name != nil {
			err = fail(http.StatusConflict, "unable to rename: local repo with name %s already exists", *in.Name)
		}
		return ok(showRepo(edited)), err
	})
}

func dropRepo(c *call) (answer, error) {
	r, err := c.repo()
	if err != nil {
		return answer{}, err
	}
	force := c.flag("force")
	return c.task("Delete repo "+r.Name, []string{repoResource(r)}, func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		published := fail(http.StatusConflict, "unable to drop, local repo is published")
		used := fail(http.StatusConflict, "unable to drop, local repo has snapshots, use ?force=1 to override")
		if err := c.refuseUsed(ctx, "repo:"+r.Name, force, published, used); err != nil {
			return answer{}, err
		}
		return ok(nothing{}), c.service.app.Collections.Drop(ctx, collections.Repo, r.Name)
	})
}

// refuseUsed returns published if the collection is published and, without force, used if
// it is the source of a snapshot.
func (c *call) refuseUsed(ctx context.Context, ref string, force bool, published, used error) error {
	fed, err := c.service.app.Collections.PublishedFrom(ctx, ref)
	if err != nil {
		return err
	}
	if len(fed) > 0 {
		return published
	}
	if force {
		return nil
	}
	made, err := c.service.app.Collections.MadeFrom(ctx, ref)
	if err == nil && len(made) > 0 {
		err = used
	}
	return err
}

// changePackages returns a handler that adds or removes packages by their keys.
func changePackages(change func(*repos.Service, context.Context, string, []string) (collections.RepoChange, error), doing string) func(*call) (answer, error) {
	return sending(func(c *call, in struct {
		PackageRefs []string `binding:"required"`
	}) (answer, error) {
		r, err := c.repo()
		if err != nil {
			return answer{}, err
		}
		return c.task(doing+r.Name, []string{repoResource(r)}, func(ctx context.Context, _ usecase.JobRun) (answer, error) {
			_, err := change(c.service.app.Repos, ctx, r.Name, in.PackageRefs)
			err = as(notAdded(err, http.StatusBadRequest), problem.Conflict, http.StatusBadRequest, "")
			return ok(showRepo(r)), as(err, problem.NotFound, http.StatusNotFound, "")
		})
	})
}

// notAdded returns aptly's sentence for a package that the repo has with other content.
func notAdded(err error, status int) error {
	if p, is := errors.AsType[repos.DifferentPackage](err); is {
		return fail(status, "package already exists and is different: %s_%s_%s", p.Name, p.Version, p.Architecture)
	}
	return err
}

func copyPackages(c *call) (answer, error) {
	var in struct {
		WithDeps bool `json:"with-deps"`
		DryRun   bool `json:"dry-run"`
	}
	if err := c.bindOptional(&in); err != nil {
		return answer{}, err
	}
	target, err := c.service.app.Repos.Get(c.Context(), c.parameter("name"))
	if err != nil {
		return answer{}, as(err, problem.NotFound, http.StatusBadRequest, "dest repo error: ")
	}
	source, err := c.service.app.Repos.Get(c.Context(), c.parameter("src"))
	if err != nil {
		return answer{}, as(err, problem.NotFound, http.StatusBadRequest, "src repo error: ")
	}
	if target.Name == source.Name {
		return answer{}, fail(http.StatusBadRequest, "dest and source are identical")
	}
	wanted := repos.CopyPackages{
		Repo: target.Name, From: collections.Ref{Kind: "repo", Name: source.Name}, Query: c.parameter("query"),
		WithDependencies: in.WithDeps, DryRun: in.DryRun,
	}
	return c.task("Copy packages from repo "+source.Name+" to repo "+target.Name, []string{repoResource(target), repoResource(source)},
		func(ctx context.Context, run usecase.JobRun) (answer, error) {
			changed, err := c.service.app.Repos.CopyPackages(ctx, wanted)
			if problem.ReasonOf(err) == repos.ReasonNoMatch {
				err = fail(http.StatusUnprocessableEntity, "no package for filter (%s)", wanted.Query)
			}
			err = notAdded(err, http.StatusUnprocessableEntity)
			for _, kind := range []problem.Kind{problem.Invalid, problem.NotFound, problem.Conflict} {
				err = as(err, kind, http.StatusUnprocessableEntity, "")
			}
			shown := report{Warnings: []string{}, Added: []string{}, Removed: []string{}}
			for _, p := range changed.Added {
				shown.Added = append(shown.Added, fmt.Sprintf("added %s-%s(%s)", p.Name, p.Version, p.Architecture))
			}
			return ok(struct{ Report report }{shown}), err
		})
}

// newSnapshot is the body of the calls that create a snapshot of one collection.
type newSnapshot struct {
	Name        string `binding:"required"`
	Description string
}

func snapshotRepo(c *call, in newSnapshot) (answer, error) {
	r, err := c.repo()
	if err != nil {
		return answer{}, err
	}
	description := "Snapshot from local repo [" + r.Name + "]"
	if r.Description != "" {
		description += ": " + r.Description
	}
	return c.snapshotOf("repo:"+r.Name, repoResource(r), in, description)
}
