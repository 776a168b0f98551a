package imports

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/imported"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// bringPublications makes the publications, and waits for their releases.
func (im *importing) bringPublications(ctx context.Context) error {
	if err := im.endpoint(ctx); err != nil {
		return err
	}
	started := map[int64]int{} // places in the summary by activity
	for _, p := range im.foreign.publications {
		item := ImportItem{Kind: "publication", Name: p.name(), Status: importNew, Reason: p.reason}
		switch {
		case p.reason != "":
			item.Status = importLeftOut
		default:
			id, err := im.bringPublication(ctx, p)
			if err != nil {
				return fmt.Errorf("publication %s: %w", p.name(), err)
			}
			if p.known {
				item.Status = importUnchanged
			}
			if id != 0 {
				started[id] = len(im.summary.Items)
			}
		}
		im.summary.Items = append(im.summary.Items, item)
		for _, component := range p.changed {
			im.warn("publication %s: component %s shows what its source has now; there it is published as it was before", p.name(), component)
		}
	}
	im.run.Progress(activity.Progress{Phase: "publish"})
	children, err := im.run.WaitChildren(ctx)
	for _, child := range children {
		if place, ours := started[child.ID]; ours {
			im.published(&im.summary.Items[place], child)
		}
	}
	return err
}

// published notes how a release came out.
func (im *importing) published(item *ImportItem, child activity.Activity) {
	if child.Status != activity.Done {
		item.Status, item.Reason = importFailed, string(child.Status)
		if child.Error != nil {
			item.Reason = child.Error.Message
		}
		im.summary.Warnings = append(im.summary.Warnings, fmt.Sprintf("publication %s: %s; `aptarium publish update` tries again", item.Name, item.Reason))
		return
	}
	var result publications.PublishResult
	if err := json.Unmarshal(child.Result, &result); err == nil {
		item.Packages = result.Packages
		if !result.Unchanged && item.Status == importUnchanged {
			item.Status = importChanged
		}
	}
}

// endpoint makes the endpoint known at which publications are to appear.
func (im *importing) endpoint(ctx context.Context) error {
	directory := im.plan.EndpointDirectory
	if directory == "" || !slices.ContainsFunc(im.foreign.publications, func(p *foreignPublication) bool { return p.reason == "" && !p.known }) {
		return nil
	}
	return im.app.k.DB.Tx(ctx, func(tx *db.Tx) error {
		e, err := im.app.endpoint.Get(ctx, tx, importEndpoint)
		if problem.Is(err, problem.NotFound) {
			return im.app.endpoint.Put(ctx, tx, importEndpoint, publications.EndpointSettings{Kind: endpoint.Filesystem, Directory: directory, Plain: true})
		}
		if err == nil && e.Directory != directory {
			err = problem.New(problem.Conflict, "the endpoint %s is at %s", importEndpoint, e.Directory).In("endpoint_directory").
				WithHint("name that directory, or drop the endpoint")
		}
		return err
	})
}

// importEndpoint is the name of the endpoint that an import makes.
const importEndpoint = "public"

// bringPublication makes a publication and starts its first release, or the next
// one when its sources have grown. It gives the activity's number.
func (im *importing) bringPublication(ctx context.Context, p *foreignPublication) (id int64, err error) {
	a := im.app
	if p.known {
		return im.republish(ctx, p)
	}
	in := p.as
	for _, component := range slices.Sorted(maps.Keys(p.sources)) {
		source := p.sources[component].local
		name := source.Ref()
		if component != "" {
			name = component + "=" + name
		}
		in.Sources = append(in.Sources, name)
	}
	if err := im.sign(ctx, p, &in.Options); err != nil {
		return 0, err
	}
	err = a.k.DB.Tx(ctx, func(tx *db.Tx) error {
		made, err := a.publications.CreatePublication(ctx, tx, in)
		if err != nil {
			return err
		}
		r := imported.Record{Source: im.foreign.source, Subject: p.subject, Local: made.ID}
		if err := imported.Put(ctx, tx, r); err != nil {
			return err
		}
		id, err = im.submitRelease(ctx, tx, made)
		return err
	})
	return id, err
}

// sign says who signs a publication. Keys that the other program's configuration
// names and that are not here give way to the default key.
func (im *importing) sign(ctx context.Context, p *foreignPublication, o *publications.PublishOptions) error {
	if im.plan.Signing != nil {
		return im.app.publications.Sign(ctx, o, im.plan.Signing)
	}
	theirs := cmp.Or(p.signing, im.foreign.signing)
	err := im.app.publications.Sign(ctx, o, theirs)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Unavailable) {
		im.warn("publication %s: its keys %s are not here, so the default key signs: %v", p.name(), strings.Join(theirs.Keys, ", "), err)
		return nil
	}
	return err
}

// submitRelease starts a publish below this activity.
func (im *importing) submitRelease(ctx context.Context, tx *db.Tx, p publish.Publication) (int64, error) {
	spec := publications.PublishSpec(p, publications.PublishPayload{Publication: p.ID})
	spec.Parent = im.run.Activity().ID
	started, err := im.app.k.Submit(ctx, tx, spec)
	return started.ID, err
}

// republish starts the next release of a publication that was brought over before,
// if an import made its sources grow, or the first one never came.
func (im *importing) republish(ctx context.Context, p *foreignPublication) (id int64, err error) {
	err = im.app.k.DB.Tx(ctx, func(tx *db.Tx) error {
		id = 0
		local, err := im.app.publish.ByID(ctx, tx, p.record.Local)
		if err != nil || local.Dropped {
			return err
		}
		if local.Head > 0 {
			grown, err := im.grown(ctx, tx, local)
			if err != nil || !grown {
				return err
			}
		}
		id, err = im.submitRelease(ctx, tx, local)
		return err
	})
	return id, err
}

// grown tells whether a publication is fed by a repo or mirror that has newer
// revisions than its newest release, the last of them by this import.
func (im *importing) grown(ctx context.Context, tx *db.Tx, p publish.Publication) (bool, error) {
	newest, err := im.app.publish.Release(ctx, tx, p.ID, p.Head)
	if err != nil {
		return false, err
	}
	for _, s := range newest.Sources {
		c, err := im.app.k.Catalog.ByID(ctx, tx, s.Collection)
		if err != nil {
			return false, err
		}
		ours := slices.ContainsFunc(im.foreign.collections, func(f *foreignCollection) bool {
			return f.local.ID == c.ID && f.record.Revision == c.Head
		})
		if ours && c.Kind != catalog.Snapshot && c.Head > s.Revision {
			return true, nil
		}
	}
	return false, nil
}

var errNoSources = errors.New("it publishes nothing")
