package mirrors

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

// Probe downloads and verifies the Release of a suite, and compares it with the config. What the
// suite lacks is problem.Invalid, an unreachable one problem.Upstream or problem.NotFound, one
// without a good signature problem.Untrusted. The Config of the result names all components and
// architectures, so that a mirror created with it gets no later ones.
func (s *Service) Probe(ctx context.Context, config Config) (Probe, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Probe{}, err
	}
	return s.syncer.Probe(ctx, config)
}

// Create adds a mirror. Its first sync downloads the packages. A mirror without an upstream is
// empty until [Service.Edit] or [Service.RunTask] sets one.
func (s *Service) Create(ctx context.Context, in NewMirror) (Mirror, error) {
	logged := in
	logged.Config = in.Config.Redacted()
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.create", Subject: "mirror:" + in.Name, Detail: logged}, func(tx *db.Tx, _ *usecase.Act) (Mirror, error) {
		m, err := s.mirror.Create(ctx, tx, in.Name, in.Description, in.Config, in.Probe)
		if err == nil {
			m.Collection.Retention = in.Retention
			err = s.k.Catalog.Retain(ctx, tx, m.Collection, in.Retention)
		}
		if err != nil {
			return Mirror{}, err
		}
		return s.show(ctx, tx, m)
	})
}

// Edit replaces the config of a mirror, for its next sync. A URL with the hidden password that
// [Service.Get] shows keeps the stored password.
func (s *Service) Edit(ctx context.Context, name string, config Config) (Mirror, error) {
	return s.edit(ctx, name, config, nil)
}

func (s *Service) edit(ctx context.Context, name string, config Config, probe *Probe) (Mirror, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.edit", Subject: "mirror:" + name, Detail: config.Redacted()}, func(tx *db.Tx, _ *usecase.Act) (Mirror, error) {
		m, err := s.mirror.Get(ctx, tx, name)
		if err != nil {
			return Mirror{}, err
		}
		if m.Config, err = config.WithSecretOf(m.Config); err != nil {
			return Mirror{}, err
		}
		m.Learn(probe)
		if err := s.mirror.Save(ctx, tx, m); err != nil {
			return Mirror{}, err
		}
		return s.show(ctx, tx, m)
	})
}

// Reprobe is [Service.Edit] after a check: if the URL, the suite, the components or the
// architectures change, it probes the upstream as [Service.Probe] does, and changes nothing if that
// fails.
func (s *Service) Reprobe(ctx context.Context, name string, config Config) (Mirror, error) {
	m, err := usecase.Read(ctx, s.k, access.Mirror, func(tx *db.Tx) (mirror.Mirror, error) { return s.mirror.Get(ctx, tx, name) })
	if err != nil {
		return Mirror{}, err
	}
	if config, err = config.WithSecretOf(m.Config); err != nil {
		return Mirror{}, err
	}
	if !config.NeedsProbe(m.Config) {
		return s.edit(ctx, name, config, nil)
	}
	probe, err := s.syncer.Probe(ctx, config)
	if err != nil {
		return Mirror{}, err
	}
	return s.edit(ctx, name, probe.Config, &probe)
}

// Rename renames a mirror, also in its publications and snapshots. A used name, or a running or
// waiting sync, is problem.Conflict.
func (s *Service) Rename(ctx context.Context, name, to string) (Mirror, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Mirror{}, err
	}
	ref := "mirror:" + name
	busy, err := s.syncing(ctx, ref)
	if err != nil {
		return Mirror{}, err
	}
	if busy[ref] {
		return Mirror{}, problem.New(problem.Conflict, "a sync of %s is running or waiting", ref).WithHint("wait for it, or cancel it")
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.rename", Subject: ref, Detail: map[string]string{"to": to}}, func(tx *db.Tx, _ *usecase.Act) (Mirror, error) {
		m, err := s.mirror.Get(ctx, tx, name)
		if err != nil {
			return Mirror{}, err
		}
		if m.Collection, err = s.collections.Rename(ctx, tx, m.Collection, to); err != nil {
			return Mirror{}, err
		}
		return s.show(ctx, tx, m)
	})
}

// Retain sets the retention of a mirror.
func (s *Service) Retain(ctx context.Context, name string, r collections.Retention) (Mirror, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.retain", Subject: "mirror:" + name, Detail: r}, func(tx *db.Tx, _ *usecase.Act) (Mirror, error) {
		m, err := s.mirror.Get(ctx, tx, name)
		if err != nil {
			return Mirror{}, err
		}
		m.Collection.Retention = r
		if err := s.k.Catalog.Retain(ctx, tx, m.Collection, r); err != nil {
			return Mirror{}, err
		}
		return s.show(ctx, tx, m)
	})
}
