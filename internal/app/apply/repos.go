package apply

import (
	"cmp"
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declared"
)

// decideRepo compares a repo without its packages.
func (ap *applying) decideRepo(ctx context.Context, tx *db.Tx, name string, want DeclaredRepo) error {
	t := thing{repoKind, name}
	for _, err := range []error{
		catalog.CheckName("name", name), inSetting("retention", want.Retention.Check()),
		repos.CheckPlaces(want.Component, ""), repos.CheckPlaces("", want.Distribution),
	} {
		if err := ap.fault(t, err); err != nil {
			return err
		}
	}
	c, err := ap.service.k.Catalog.ByName(ctx, tx, catalog.Repo, name)
	there, err := found(err)
	if err != nil {
		return err
	}
	if !there {
		ap.step(makeRepos, "create", t, nil, func(ctx context.Context, _ *applyRun) error { return ap.createRepo(ctx, t, want) })
		return nil
	}
	ap.stated(t, c.ID)
	changes, err := compare(declaredRepo(c), spelledOut(want))
	if err != nil || len(changes) == 0 {
		return err
	}
	ap.step(makeRepos, "change", t, nil, func(ctx context.Context, run *applyRun) error {
		edit := repos.RepoEdit{Description: &want.Description, Component: &want.Component, Distribution: &want.Distribution, Retention: &want.Retention}
		return run.keep(ctx, ap.record(t, c.ID), second(ap.service.repos.Edit(ctx, name, edit)))
	}).Settings = changes
	return nil
}

// declaredRepo returns the declaration of a repo.
func declaredRepo(c catalog.Collection) DeclaredRepo {
	return spelledOut(DeclaredRepo{c.Description, c.Component, c.Distribution, c.Retention})
}

// spelledOut sets the default component.
func spelledOut(r DeclaredRepo) DeclaredRepo {
	r.Component = cmp.Or(r.Component, "main")
	return r
}

func (ap *applying) createRepo(ctx context.Context, t thing, want DeclaredRepo) error {
	s := ap.service
	in := repos.NewRepo{Name: t.name, Description: want.Description, Component: want.Component, Distribution: want.Distribution, Retention: want.Retention}
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.create", Subject: "repo:" + t.name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) error {
		c, err := s.k.Catalog.Create(ctx, tx, catalog.Collection{
			Kind: catalog.Repo, Name: in.Name, Description: in.Description, Component: in.Component,
			Distribution: in.Distribution, Retention: in.Retention,
		})
		if err != nil {
			return err
		}
		return declared.Put(ctx, tx, ap.record(t, c.ID))
	})
}
