package aptly

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// showStaged returns the sources that the next update will publish.
func showStaged(c *call) (answer, error) {
	p, err := c.published("unable to show: ")
	if err != nil {
		return answer{}, err
	}
	staged, err := c.service.app.Publications.StagedSources(c.Context(), p.Place(), p.Distribution)
	return ok(showSources(staged)), notKnown(err, "unable to show: No source changes exist")
}

// stage changes the staged sources; without any, it starts from the published ones.
func (c *call) stage(doing string, status int, body any, change func(p publications.Publication, kind string, list []string) ([]string, error)) (answer, error) {
	p, err := c.published(doing)
	if err != nil {
		return answer{}, err
	}
	shown := c.service.showPublished(p)
	name := fmt.Sprintf("Update published %s repository %s/%s", shown.SourceKind, place{shown.Storage, shown.Prefix}, p.Distribution)
	return c.task(name, publishResources(p, c.service), func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		p, err := c.publishedIn(ctx, doing)
		if err != nil {
			return answer{}, err
		}
		list, err := c.service.app.Publications.StagedSources(ctx, p.Place(), p.Distribution)
		if problem.Is(err, problem.NotFound) {
			list, err = slices.Clone(p.Sources), nil
		}
		if err != nil {
			return answer{}, err
		}
		if list, err = change(p, shown.SourceKind, list); err != nil {
			return answer{}, err
		}
		err = c.service.app.Publications.StageSources(ctx, p.Place(), p.Distribution, list)
		if body == nil {
			body = showSources(list)
		}
		return answer{status, body}, as(err, problem.NotFound, http.StatusNotFound, doing)
	})
}

// namedSource is the body of calls about one source.
type namedSource struct {
	Component string `binding:"required"`
	Name      string `binding:"required"`
}

func addStaged(c *call, in namedSource) (answer, error) {
	return c.stage("unable to create: ", http.StatusCreated, nothing{}, func(_ publications.Publication, kind string, list []string) ([]string, error) {
		if componentAt(list, in.Component) >= 0 {
			return nil, fail(http.StatusBadRequest, "unable to create: Component '%s' already exists", in.Component)
		}
		return append(list, in.Component+"="+kindPrefix(kind)+in.Name), nil
	})
}

func replaceStaged(c *call, in []namedSource) (answer, error) {
	return c.stage("unable to update: ", http.StatusOK, nil, func(_ publications.Publication, kind string, _ []string) ([]string, error) {
		list := []string{}
		for _, s := range in {
			if s.Component == "" || s.Name == "" {
				return nil, fail(http.StatusBadRequest, "unable to update: each source needs a Component and a Name")
			}
			if componentAt(list, s.Component) >= 0 {
				return nil, fail(http.StatusBadRequest, "unable to update: Component '%s' is named twice", s.Component)
			}
			list = append(list, s.Component+"="+kindPrefix(kind)+s.Name)
		}
		return list, nil
	})
}

func dropStaged(c *call) (answer, error) {
	p, err := c.published("unable to delete: ")
	if err != nil {
		return answer{}, err
	}
	return c.task(fmt.Sprintf("Drop staged changes of %s/%s", p.Place(), p.Distribution), publishResources(p, c.service),
		func(ctx context.Context, _ usecase.JobRun) (answer, error) {
			err := c.service.app.Publications.UnstageSources(ctx, p.Place(), p.Distribution)
			if problem.Is(err, problem.NotFound) {
				err = nil
			}
			return ok(nothing{}), err
		})
}

func editStaged(c *call) (answer, error) {
	was := unescape(c.parameter("component"))
	in := namedSource{Component: was}
	if err := c.bind(&in); err != nil {
		return answer{}, err
	}
	return c.stage("unable to update: ", http.StatusOK, nothing{}, func(_ publications.Publication, kind string, list []string) ([]string, error) {
		at := componentAt(list, was)
		if at < 0 {
			return nil, fail(http.StatusNotFound, "unable to update: Component '%s' does not exist", was)
		}
		if in.Component != was && componentAt(list, in.Component) >= 0 {
			return nil, fail(http.StatusBadRequest, "unable to update: Component '%s' already exists", in.Component)
		}
		list[at] = in.Component + "=" + kindPrefix(kind) + in.Name
		return list, nil
	})
}

func removeStaged(c *call) (answer, error) {
	component := unescape(c.parameter("component"))
	return c.stage("unable to delete: ", http.StatusOK, nothing{}, func(_ publications.Publication, _ string, list []string) ([]string, error) {
		at := componentAt(list, component)
		if at < 0 {
			return nil, fail(http.StatusNotFound, "unable to delete: Component '%s' does not exist", component)
		}
		return slices.Delete(list, at, at+1), nil
	})
}
