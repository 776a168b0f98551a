package aptly

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// publishFailed describes in aptly's words why a publish did not succeed.
func publishFailed(err error, doing string) error {
	for _, kind := range []problem.Kind{problem.Conflict, problem.NotFound, problem.Untrusted} {
		err = as(err, kind, http.StatusInternalServerError, "unable to "+doing+": ")
	}
	return as(err, problem.Invalid, http.StatusBadRequest, "unable to "+doing+": ")
}

// updateOf is the body of an update.
type updateOf struct {
	Snapshots                          []source
	ForceOverwrite                     bool
	Signing                            signing
	SkipContents, SkipBz2, SkipCleanup *bool
	AcquireByHash, MultiDist           *bool
	SignedBy, Label, Origin, Version   *string
}

// updatePublished returns a handler that publishes the next release: of the current repos,
// of other snapshots if a call may name some, and of the staged sources if there are any.
func updatePublished(mayName bool) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		var in updateOf
		if err := c.bindOptional(&in); err != nil {
			return answer{}, err
		}
		p, err := c.published("unable to update: ")
		if err != nil {
			return answer{}, err
		}
		shown := c.service.showPublished(p)
		if len(in.Snapshots) > 0 && mayName && shown.SourceKind == "local" {
			return answer{}, fail(http.StatusBadRequest, "snapshots shouldn't be given when updating local repo")
		}
		resources := publishResources(p, c.service)
		if mayName {
			_, named, err := c.sources("snapshot", in.Snapshots)
			if err != nil {
				return answer{}, as(err, problem.NotFound, http.StatusNotFound, "unable to update: ")
			}
			resources = append(resources, named...)
		} else {
			in.Snapshots = nil
		}
		name := fmt.Sprintf("Update published %s repository %s/%s", shown.SourceKind, place{shown.Storage, shown.Prefix}, p.Distribution)
		return c.task(name, resources, func(ctx context.Context, run usecase.JobRun) (answer, error) { return c.update(ctx, run, in) })
	}
}

// update does the work of an update.
func (c *call) update(ctx context.Context, run usecase.JobRun, in updateOf) (answer, error) {
	p, err := c.publishedIn(ctx, "unable to update: ")
	if err != nil {
		return answer{}, err
	}
	edit, err := c.editOf(ctx, p, in)
	if err != nil {
		return answer{}, err
	}
	started, err := c.service.app.Publications.Update(ctx, p.Place(), p.Distribution, edit)
	if err == nil {
		err = c.service.follow(ctx, started, run)
	}
	if err != nil {
		return answer{}, publishFailed(err, "update")
	}
	done, err := c.service.app.Publications.Get(ctx, p.Place(), p.Distribution)
	return ok(c.service.showPublished(done.Publication)), err
}

// editOf returns the changes of an update. Missing settings stay.
func (c *call) editOf(ctx context.Context, p publications.Publication, in updateOf) (publications.PublicationEdit, error) {
	edit := publications.PublicationEdit{ForceOverwrite: in.ForceOverwrite, Signing: c.signing(in.Signing)}
	o := p.Options
	skipContents, skipBz2, byHash, multiDist := o.Contents == "", !slices.Contains(o.Formats, publications.Format("bz2")), !o.NoByHash, o.MultiDist
	set(&skipContents, in.SkipContents)
	set(&skipBz2, in.SkipBz2)
	set(&byHash, in.AcquireByHash)
	set(&multiDist, in.MultiDist)
	c.service.applyOptions(&o, &skipContents, &skipBz2, &byHash, &multiDist, in.SignedBy, in.Version)
	set(&o.Label, in.Label)
	set(&o.Origin, in.Origin)
	edit.Options = &o
	staged, err := c.service.app.Publications.StagedSources(ctx, p.Place(), p.Distribution)
	switch {
	case problem.Is(err, problem.NotFound):
		staged = p.Sources
	case err != nil:
		return edit, err
	default:
		edit.Staged = true
	}
	if len(in.Snapshots) > 0 {
		// The staged sources are deleted in the same transaction.
		sources := replaceSources(staged, "snapshot", in.Snapshots)
		edit.Staged, edit.Sources, edit.DropStaged = false, &sources, true
	}
	return edit, nil
}

// replaceSources returns the sources with new ones for the named components. It adds new
// components and keeps the others.
func replaceSources(sources []string, kind string, named []source) []string {
	list := slices.Clone(sources)
	for _, s := range named {
		component := s.Component
		if component == "" {
			component = "main"
			if len(sources) == 1 {
				component = showSources(sources)[0].Component
			}
		}
		text := component + "=" + kindPrefix(kind) + s.Name
		if i := componentAt(list, component); i >= 0 {
			list[i] = text
		} else {
			list = append(list, text)
		}
	}
	return list
}

func kindPrefix(kind string) string {
	if kind == "local" {
		return "repo:"
	}
	return "snapshot:"
}

func componentAt(sources []string, component string) int {
	return slices.IndexFunc(sources, func(s string) bool { return showSources([]string{s})[0].Component == component })
}

func dropPublished(c *call) (answer, error) {
	p, err := c.published("unable to drop: ")
	if err != nil {
		return answer{}, err
	}
	name := fmt.Sprintf("Delete published %s repository %s/%s", c.service.showPublished(p).SourceKind, p.Place(), p.Distribution)
	return c.task(name, publishResources(p, c.service), func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		withdrawn, err := c.service.app.Publications.Withdraw(ctx, p.Place(), p.Distribution)
		if err != nil || withdrawn.ID == 0 {
			return ok(nothing{}), err
		}
		waiting, stop := context.WithTimeout(ctx, withdrawTime)
		defer stop()
		_, err = c.service.await(waiting, withdrawn)
		if errors.Is(waiting.Err(), context.DeadlineExceeded) {
			err = nil // it is dropped; its files are still being deleted
		}
		return ok(nothing{}), err
	})
}

// withdrawTime limits the time that a caller waits for the removal of a dropped publication
// from its endpoint. The server retries for hours if the endpoint is unreachable.
const withdrawTime = 30 * time.Second
