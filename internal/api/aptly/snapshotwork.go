package aptly

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

func diffSnapshots(c *call) (answer, error) {
	left, err := c.snapshot()
	if err != nil {
		return answer{}, err
	}
	right, err := c.snapshotNamed(c.parameter("other"))
	if err != nil {
		return answer{}, err
	}
	pairs, err := c.service.app.Collections.DiffPackages(c.Context(), collections.Ref{Kind: "snapshot", Name: left.Name}, collections.Ref{Kind: "snapshot", Name: right.Name}, c.flag("onlyMatching"))
	type difference struct{ Left, Right *string }
	key := func(f *collections.Found) *string {
		if f == nil {
			return nil
		}
		return &f.Key
	}
	return ok(usecase.Map(pairs, func(p collections.Pair) difference { return difference{key(p.Left), key(p.Right)} })), err
}

func mergeSnapshots(c *call, in struct {
	Sources []string `binding:"required"`
}) (answer, error) {
	name, latest, keep := c.parameter("name"), c.flag("latest"), c.flag("no-remove")
	switch {
	case len(in.Sources) == 0:
		return answer{}, fail(http.StatusBadRequest, "at least one source snapshot is required")
	case latest && keep:
		return answer{}, fail(http.StatusBadRequest, "no-remove and latest are mutually exclusive")
	}
	refs, resources, err := c.snapshotsNamed(in.Sources)
	if err != nil {
		return answer{}, err
	}
	description := "Merged from sources: '" + strings.Join(in.Sources, "', '") + "'"
	fresh := collections.NewSnapshot{Name: name, Description: description, From: refs, Latest: latest, KeepAll: keep}
	return c.task("Merge snapshot "+name, resources, func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		s, err := c.service.app.Collections.CreateSnapshot(ctx, fresh)
		if problem.Is(err, problem.Conflict) {
			err = fail(http.StatusInternalServerError, "unable to create snapshot: snapshot with name %s already exists", name)
		}
		return answer{http.StatusCreated, showSnapshot(s)}, err
	})
}

func pullSnapshot(c *call, in struct {
	Source        string   `binding:"required"`
	Destination   string   `binding:"required"`
	Queries       []string `binding:"required"`
	Architectures []string
}) (answer, error) {
	to, err := c.snapshot()
	if err != nil {
		return answer{}, err
	}
	from, err := c.snapshotNamed(in.Source)
	if err != nil {
		return answer{}, err
	}
	if len(in.Architectures) == 0 {
		in.Architectures = c.service.options.Config.Architectures
	}
	config, dry := c.service.options.Config, c.flag("dry-run")
	pull := collections.PullSnapshot{
		Name: in.Destination, To: "snapshot:" + to.Name, From: "snapshot:" + from.Name, Queries: in.Queries, Architectures: in.Architectures,
		WithDependencies: !c.flag("no-deps"), AllMatches: c.flag("all-matches"), KeepOld: c.flag("no-remove"), DryRun: dry,
		Recommends: config.FollowRecommends, Suggests: config.FollowSuggests, Source: config.FollowSource, AllVariants: config.FollowAllVariants,
		Description: fmt.Sprintf("Pulled into '%s' with '%s' as source, pull request was: '%s'", to.Name, from.Name, strings.Join(in.Queries, " ")),
	}
	return c.task("Pull snapshot "+from.Name+" into "+to.Name+" and save as "+in.Destination, []string{snapshotResource(to), snapshotResource(from)},
		func(ctx context.Context, _ usecase.JobRun) (answer, error) {
			done, err := c.service.app.Collections.Pull(ctx, pull)
			if problem.Is(err, problem.Conflict) {
				err = fail(http.StatusInternalServerError, "snapshot with name %s already exists", in.Destination)
			}
			if err != nil || !dry {
				return answer{http.StatusCreated, showSnapshot(done.Snapshot)}, err
			}
			return ok(struct {
				Added   []string `json:"added_packages"`
				Removed []string `json:"removed_packages"`
			}{usecase.Map(done.Added, displayName), usecase.Map(done.Removed, displayName)}), nil
		})
}
