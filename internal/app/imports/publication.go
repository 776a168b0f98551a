package imports

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/endpoint/filesystem"
	"github.com/aptarium/aptarium/internal/imported"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// importPublications creates the publications and waits for their releases.
func (im *importing) importPublications(ctx context.Context) error {
	if err := im.createEndpoint(ctx); err != nil {
		return err
	}
	started := map[int64]int{} // the index of the item, by activity
	for _, p := range im.foreign.publications {
		if p.reason == "" {
			id, err := im.importPublication(ctx, p)
			if err != nil {
				return fmt.Errorf("publication %s: %w", p.name(), err)
			}
			if id != 0 {
				started[id] = len(im.summary.Items)
			}
		}
		im.summary.Items = append(im.summary.Items, p.item())
		for _, component := range p.changed {
			im.warn("publication %s: component %s has the current packages of its source; the other program publishes earlier ones", p.name(), component)
		}
	}
	im.run.Progress(activity.Progress{Phase: "publish"})
	children, err := im.run.WaitChildren(ctx)
	for _, child := range children {
		if i, ours := started[child.ID]; ours {
			im.noteRelease(&im.summary.Items[i], child)
		}
	}
	return err
}

// noteRelease notes in an item how the activity of its release ended.
func (im *importing) noteRelease(item *ImportItem, child activity.Activity) {
	if child.Status != activity.Done {
		item.Status, item.Reason = importFailed, string(child.Status)
		if child.Error != nil {
			item.Reason = child.Error.Message
		}
		im.summary.Warnings = append(im.summary.Warnings, fmt.Sprintf("publication %s: %s; try `aptarium publish update`", item.Name, item.Reason))
		return
	}
	var result publications.Result
	if err := json.Unmarshal(child.Result, &result); err == nil {
		item.Packages = result.Packages
		if !result.Unchanged && item.Status == importUnchanged {
			item.Status = importChanged
		}
	}
}

// importEndpoint is the name of the endpoint that an import creates.
const importEndpoint = "public"

// createEndpoint creates the endpoint of the new publications, if the plan names its directory.
func (im *importing) createEndpoint(ctx context.Context) error {
	directory := im.plan.EndpointDirectory
	if directory == "" || !slices.ContainsFunc(im.foreign.publications, func(p *foreignPublication) bool { return p.reason == "" && !p.known }) {
		return nil
	}
	return im.k.DB.Tx(ctx, func(tx *db.Tx) error {
		e, err := im.endpoint.Get(ctx, tx, importEndpoint)
		if problem.Is(err, problem.NotFound) {
			return im.endpoint.Put(ctx, tx, importEndpoint, publications.EndpointSettings{Kind: filesystem.KindName, Directory: directory, Plain: true})
		}
		if err == nil && e.Directory != directory {
			err = problem.New(problem.Conflict, "the endpoint %s is at %s", importEndpoint, e.Directory).In("endpoint_directory").
				WithHint("name that directory, or drop the endpoint")
		}
		return err
	})
}

// importPublication creates a publication and starts its first release. For a publication of
// an earlier import it starts the next release, if its sources have grown. It returns the id of
// the activity, 0 if there is none.
func (im *importing) importPublication(ctx context.Context, p *foreignPublication) (id int64, err error) {
	if p.known {
		return im.republish(ctx, p)
	}
	in := p.as
	for _, component := range slices.Sorted(maps.Keys(p.sources)) {
		in.Sources = append(in.Sources, strings.TrimPrefix(component+"="+p.sources[component].local.Ref(), "="))
	}
	if err := im.sign(ctx, p, &in.Options); err != nil {
		return 0, err
	}
	err = im.k.DB.Tx(ctx, func(tx *db.Tx) error {
		created, err := im.publications.Add(ctx, tx, in)
		if err != nil {
			return err
		}
		r := imported.Record{Source: im.foreign.source, Subject: p.subject, Local: created.ID}
		if err := imported.Put(ctx, tx, r); err != nil {
			return err
		}
		id, err = im.submitRelease(ctx, tx, created)
		return err
	})
	return id, err
}

// sign sets who signs a publication: by the plan, else the keys of the other program. If
// these are not here, the default key signs.
func (im *importing) sign(ctx context.Context, p *foreignPublication, o *publications.PublishOptions) error {
	if im.plan.Signing != nil {
		return im.publications.Sign(ctx, o, im.plan.Signing)
	}
	theirs := cmp.Or(p.signing, im.foreign.signing)
	err := im.publications.Sign(ctx, o, theirs)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Unavailable) {
		im.warn("publication %s: its keys %s are not here, so the default key signs: %v", p.name(), strings.Join(theirs.Keys, ", "), err)
		return nil
	}
	return err
}

// submitRelease starts a publish as a child of this activity.
func (im *importing) submitRelease(ctx context.Context, tx *db.Tx, p publish.Publication) (int64, error) {
	spec := publications.Spec(p, publications.Payload{Publication: p.ID})
	spec.Parent = im.run.Activity().ID
	started, err := im.k.Submit(ctx, tx, spec)
	return started.ID, err
}

// republish starts the next release of an imported publication, if this import added to its
// sources, or if it has no release yet.
func (im *importing) republish(ctx context.Context, p *foreignPublication) (id int64, err error) {
	err = im.k.DB.Tx(ctx, func(tx *db.Tx) error {
		id = 0
		local, err := im.publish.ByID(ctx, tx, p.record.Local)
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

// grown reports whether this import added the newest revision of a repo or mirror that the
// newest release of a publication does not show.
func (im *importing) grown(ctx context.Context, tx *db.Tx, p publish.Publication) (bool, error) {
	newest, err := im.publish.Release(ctx, tx, p.ID, p.Head)
	if err != nil {
		return false, err
	}
	for _, s := range newest.Sources {
		c, err := im.k.Catalog.ByID(ctx, tx, s.Collection)
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
