package imports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/imported"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// importing is an import under way.
type importing struct {
	*Service
	plan    ImportPlan
	foreign *foreign
	run     *activity.Run // nil for a plan
	memo    map[memoKey]uint32
	summary ImportSummary
}

func (im *importing) close() { _ = im.foreign.packages.close() } // it was only read

// decide compares the content of the other program with ours, and decides what can be
// imported. It returns a problem.Conflict with all names that other objects have here.
func (im *importing) decide(ctx context.Context) error {
	conflicts, err := usecase.View(ctx, im.k, func(tx *db.Tx) ([]string, error) { return im.conflicts(ctx, tx) })
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		return problem.New(problem.Conflict, "other objects have these names here already: %s", strings.Join(conflicts, ", ")).
			WithHint("rename or drop them, here or there, and import again; nothing was changed")
	}
	if slices.ContainsFunc(im.foreign.publications, im.signedByDefault) {
		im.foreign.warn("the default key signs the publications, and clients do not know it yet; to keep the key that signed them, name it")
	}
	return nil
}

func (im *importing) conflicts(ctx context.Context, tx *db.Tx) (conflicts []string, err error) {
	taken := map[string]bool{}
	for _, c := range im.foreign.collections {
		conflict, err := im.decideCollection(ctx, tx, c)
		if err != nil {
			return nil, err
		}
		if conflict || c.reason == "" && !c.known && taken[c.as.Ref()] {
			conflicts = append(conflicts, c.as.Ref())
		}
		taken[c.as.Ref()] = true
	}
	for _, p := range im.foreign.publications {
		conflict, err := im.decidePublication(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		if conflict {
			conflicts = append(conflicts, p.name())
		}
	}
	return conflicts, nil
}

// signedByDefault reports whether the default key is going to sign a new publication.
func (im *importing) signedByDefault(p *foreignPublication) bool {
	return p.reason == "" && !p.known && !p.as.Options.Unsigned && im.plan.Signing == nil && im.foreign.signing == nil && p.signing == nil
}

// decideCollection finds the collection of an earlier import, and reports whether another
// collection has the name of a new one.
func (im *importing) decideCollection(ctx context.Context, tx *db.Tx, c *foreignCollection) (conflict bool, err error) {
	if c.record, c.known, err = imported.Find(ctx, tx, im.foreign.source, c.subject); err != nil {
		return false, err
	}
	if c.known {
		c.local, err = im.k.Catalog.ByID(ctx, tx, c.record.Local)
		if err != nil {
			return false, err
		}
		now, err := im.k.Catalog.ByName(ctx, tx, c.local.Kind, c.local.Name)
		if problem.Is(err, problem.NotFound) || err == nil && now.ID != c.local.ID {
			c.reason, err = "it was imported before and dropped here since", nil
		}
		return false, err
	}
	if c.reason != "" {
		return false, nil
	}
	_, err = im.k.Catalog.ByName(ctx, tx, c.as.Kind, c.as.Name)
	return found(err)
}

// decidePublication does the same for a publication.
func (im *importing) decidePublication(ctx context.Context, tx *db.Tx, p *foreignPublication) (conflict bool, err error) {
	if p.record, p.known, err = imported.Find(ctx, tx, im.foreign.source, p.subject); err != nil || p.known || p.reason != "" {
		return false, err
	}
	for component, source := range p.sources {
		if source.reason != "" {
			p.reason = fmt.Sprintf("its component %s is from %s, which is left out", component, source.title)
			return false, nil
		}
	}
	if err := cmp.Or(publish.CheckPlace(p.as.Prefix, p.as.Distribution), p.as.Options.Check()); err != nil {
		p.reason = err.Error()
		return false, nil
	}
	_, err = im.publish.Get(ctx, tx, p.as.Endpoint, p.as.Prefix, p.as.Distribution)
	return found(err)
}

// found reports whether a search ended without problem.NotFound.
func found(err error) (bool, error) {
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// foresee returns what the import would do.
func (im *importing) foresee(ctx context.Context) (ImportSummary, error) {
	if err := im.decide(ctx); err != nil {
		return ImportSummary{}, err
	}
	s := ImportSummary{Items: []ImportItem{}, Warnings: im.foreign.warnings}
	for _, c := range im.foreign.collections {
		item := c.item()
		keys, err := im.foreign.packages.list(ctx, c.subject)
		if err != nil {
			return s, err
		}
		item.Packages = len(keys)
		switch item.Status {
		case importNew:
			item.Added = len(keys)
		case importUnchanged:
			if err := im.recall(ctx, c, c.record.Members); err != nil {
				return s, err
			}
			if added := im.unknown(c, keys); added > 0 && !c.settled() {
				item.Added, item.Status = added, importChanged
			}
		}
		s.Added += item.Added
		s.Items = append(s.Items, item)
	}
	for _, p := range im.foreign.publications {
		s.Items = append(s.Items, p.item())
	}
	return s, nil
}
