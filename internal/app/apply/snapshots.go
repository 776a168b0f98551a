package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/problem"
)

// decideSnapshots compares the snapshots, each after its sources.
func (ap *applying) decideSnapshots(ctx context.Context, tx *db.Tx) error {
	seen := map[string]bool{} // true: decided; false: being decided
	var visit func(name string) error
	visit = func(name string) error {
		want := ap.in.Snapshots[name]
		seen[name] = false
		for i, text := range want.From {
			ref, err := collections.ParseRef("from", text)
			if err != nil || ref.Kind != catalog.Snapshot {
				continue // decideNewSnapshot reports it
			}
			decided, begun := seen[ref.Name]
			switch _, here := ap.in.Snapshots[ref.Name]; {
			case begun && !decided:
				field := fmt.Sprintf("from.%d", i)
				return ap.fault(thing{snapshotKind, name}, problem.New(problem.Invalid, "snapshot %s is made from this one, so this one cannot be made from it", ref.Name).In(field))
			case here && !begun:
				if err := visit(ref.Name); err != nil {
					return err
				}
			}
		}
		seen[name] = true
		return ap.decideSnapshot(ctx, tx, name, want)
	}
	for _, name := range slices.Sorted(maps.Keys(ap.in.Snapshots)) {
		if !seen[name] {
			if err := visit(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// spec returns the settings of a snapshot in a form that can be compared.
func (s DeclaredSnapshot) spec() (string, error) {
	s.Description = ""
	text, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encoding what a snapshot is made from: %w", err)
	}
	return string(text), nil
}

// wanted returns the snapshot as its own use case creates it.
func (s DeclaredSnapshot) wanted(name string) collections.NewSnapshot {
	return collections.NewSnapshot{Name: name, Description: s.Description, From: s.From, Latest: s.Latest, KeepAll: s.KeepAll, Packages: s.Packages}
}

func (ap *applying) decideSnapshot(ctx context.Context, tx *db.Tx, name string, want DeclaredSnapshot) error {
	t := thing{snapshotKind, name}
	if err := ap.fault(t, catalog.CheckName("name", name)); err != nil {
		return err
	}
	if want.Latest && want.KeepAll {
		return ap.fault(t, problem.New(problem.Invalid, "latest and keep_all exclude each other").In("latest").WithHint("leave out one of the two"))
	}
	spec, err := want.spec()
	if err != nil {
		return err
	}
	c, err := ap.service.k.Catalog.ByName(ctx, tx, catalog.Snapshot, name)
	there, err := found(err)
	if err != nil {
		return err
	}
	if !there {
		return ap.decideNewSnapshot(ctx, tx, t, want, spec)
	}
	r := ap.known[t]
	if r.Local != c.ID || r.Spec != spec {
		same, err := ap.isMadeSo(ctx, tx, c, r.Local != c.ID, want)
		if err != nil {
			return ap.fault(t, err)
		}
		if !same {
			return ap.fault(t, problem.New(problem.Conflict, "there is a snapshot %q already, of other packages", name).
				WithHint("a snapshot never changes: choose another name, or drop that one first"))
		}
	}
	r = ap.stated(t, c.ID)
	r.Spec = spec
	ap.states[len(ap.states)-1] = r
	if c.Description == want.Description {
		return nil
	}
	ap.step(makeSnapshots, "change", t, nil, func(ctx context.Context, run *applyRun) error {
		return run.keep(ctx, r, second(ap.service.collections.EditSnapshot(ctx, name, collections.SnapshotEdit{Description: &want.Description})))
	}).Settings = []SettingChange{{"description", c.Description, want.Description}}
	return nil
}

// decideNewSnapshot checks that a snapshot can be created.
func (ap *applying) decideNewSnapshot(ctx context.Context, tx *db.Tx, t thing, want DeclaredSnapshot, spec string) error {
	var needs []thing
	for i, text := range want.From {
		field := fmt.Sprintf("from.%d", i)
		ref, _, err := ap.reference(ctx, tx, field, text)
		if err := ap.fault(t, err); err != nil {
			return err
		}
		needs = append(needs, thing{string(ref.Kind), ref.Name})
	}
	if len(ap.synced) == 0 { // otherwise a sync may bring them
		if _, err := ap.service.collections.ResolveKeys(ctx, tx, bitset.Set{}, "", want.Packages); err != nil {
			return ap.fault(t, atField("packages", err))
		}
	}
	ap.step(makeSnapshots, "create", t, needs, func(ctx context.Context, _ *applyRun) error {
		r := ap.record(t, 0)
		r.Spec = spec
		return ap.createSnapshot(ctx, r, want.wanted(t.name))
	})
	return nil
}

// atField sets the field of a problem.
func atField(field string, err error) error {
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		moved := *p
		return moved.In(field)
	}
	return err
}

// isMadeSo reports whether an existing snapshot is the declared one: it has the packages that a
// new one would have now; or, if its declaration is unknown, it is made of the same
// collections, which may have changed since.
func (ap *applying) isMadeSo(ctx context.Context, tx *db.Tx, c catalog.Collection, foreign bool, want DeclaredSnapshot) (bool, error) {
	if foreign && len(want.Packages) == 0 {
		same, err := ap.isMadeOf(ctx, tx, c, want.From)
		if same || err != nil {
			return same, err
		}
	}
	for i, text := range want.From {
		if _, there, err := ap.reference(ctx, tx, fmt.Sprintf("from.%d", i), text); err != nil || !there {
			return false, err
		}
	}
	sources, err := ap.service.collections.ResolveAll(ctx, tx, "from", want.From)
	if err != nil {
		return false, err
	}
	wanted, err := ap.service.collections.SnapshotMembers(ctx, tx, sources, want.wanted(c.Name))
	if err != nil {
		return false, err
	}
	has, err := ap.service.k.Catalog.Set(ctx, tx, c.View())
	return err == nil && has.Equal(wanted), err
}

// isMadeOf reports whether a snapshot was made of these collections, at any time.
func (ap *applying) isMadeOf(ctx context.Context, tx *db.Tx, c catalog.Collection, from []string) (bool, error) {
	sources, err := ap.service.k.Catalog.MadeOf(ctx, tx, c.ID)
	if err != nil {
		return false, err
	}
	refs := usecase.Map(sources, catalog.Collection.Ref)
	return len(refs) > 0 && slices.Equal(refs, from), nil
}

// createSnapshot creates a snapshot and stores its settings.
func (ap *applying) createSnapshot(ctx context.Context, r declared.Record, in collections.NewSnapshot) error {
	s := ap.service
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "snapshot.create", Subject: "snapshot:" + in.Name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) error {
		if _, err := s.collections.AddSnapshot(ctx, tx, in); err != nil {
			return err
		}
		c, err := s.k.Catalog.ByName(ctx, tx, catalog.Snapshot, in.Name)
		if err != nil {
			return err
		}
		r.Local = c.ID
		return declared.Put(ctx, tx, r)
	})
}
