package apply

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declaration"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/problem"
)

// applying compares a declaration with what exists and collects the steps between.
type applying struct {
	service *Service
	in      Declaration
	prune   bool
	faults  Faults
	known   map[thing]declared.Record // the things that a declaration of its name stated before
	states  []declared.Record         // the declared things that exist
	steps   []applyStep               // in their order

	places  map[string]DeclaredPublication // by placeName, with the resolved signing keys
	called  map[string]thing               // the name of a place's publication in the declaration
	trusted map[string]keyringState
	synced  map[thing]bool // mirrors that a step brings up to date
}

// applyStep is one step of a plan.
type applyStep struct {
	ApplyChange
	stage stage
	needs []thing // the failure of any leaves this out
	do    func(ctx context.Context, run *applyRun) error
}

// stage orders steps. The steps of one stage may run together.
type stage int

const (
	makeEndpoints stage = iota
	makeKeyrings
	makeMirrors
	syncMirrors
	makeRepos
	makeSnapshots
	makePublications
	publishReleases
	dropPublications
	dropRest
)

// maxDeclared bounds the number of things in a declaration.
const maxDeclared = 5000

// planApply compares a declaration with what exists.
func (s *Service) planApply(ctx context.Context, in ApplyRequest) (*applying, error) {
	ap := &applying{
		service: s, in: in.Declaration, prune: in.Prune, known: map[thing]declared.Record{},
		places: map[string]DeclaredPublication{}, called: map[string]thing{}, trusted: map[string]keyringState{}, synced: map[thing]bool{},
	}
	d := &ap.in
	d.Name = cmp.Or(d.Name, defaultDeclaration)
	if err := catalog.CheckName("name", d.Name); err != nil {
		return nil, err
	}
	if n := len(d.Endpoints) + len(d.Keyrings) + len(d.Mirrors) + len(d.Repos) + len(d.Snapshots) + len(d.Publications); n > maxDeclared {
		return nil, problem.New(problem.TooLarge, "%d things are more than the %d that one declaration may state", n, maxDeclared).WithHint("divide it, and give each part a name")
	}
	// Calls of gpg come before the transaction.
	if err := ap.askGnuPG(ctx); err != nil {
		return nil, err
	}
	return ap, s.k.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := declared.List(ctx, tx, d.Name)
		if err != nil {
			return err
		}
		for _, r := range list {
			ap.known[thing{r.Kind, r.Name}] = r
		}
		return ap.decide(ctx, tx)
	})
}

// decide compares everything with what exists.
func (ap *applying) decide(ctx context.Context, tx *db.Tx) error {
	if err := each(ctx, tx, ap.in.Endpoints, ap.decideEndpoint); err != nil {
		return err
	}
	ap.decideKeyrings()
	if err := each(ctx, tx, ap.in.Mirrors, ap.decideMirror); err != nil {
		return err
	}
	if err := each(ctx, tx, ap.in.Repos, ap.decideRepo); err != nil {
		return err
	}
	if err := ap.decideSnapshots(ctx, tx); err != nil {
		return err
	}
	if err := each(ctx, tx, ap.places, ap.decidePublication); err != nil {
		return err
	}
	if err := ap.decideDrops(ctx, tx); err != nil {
		return err
	}
	slices.SortStableFunc(ap.steps, func(a, b applyStep) int { return cmp.Compare(a.stage, b.stage) })
	return nil
}

// each calls fn for the entries of a section, by name.
func each[T any](ctx context.Context, tx *db.Tx, section map[string]T, fn func(context.Context, *db.Tx, string, T) error) error {
	for _, name := range slices.Sorted(maps.Keys(section)) {
		if err := fn(ctx, tx, name, section[name]); err != nil {
			return err
		}
	}
	return nil
}

// step adds a step.
func (ap *applying) step(s stage, action string, t thing, needs []thing, do func(context.Context, *applyRun) error) *ApplyChange {
	ap.steps = append(ap.steps, applyStep{ApplyChange{Action: action, Kind: t.kind, Name: t.name}, s, needs, do})
	return &ap.steps[len(ap.steps)-1].ApplyChange
}

// stated notes that a declared thing exists and returns its record: the stored one if it is of
// the same thing.
func (ap *applying) stated(t thing, local int64) declared.Record {
	r, known := ap.known[t]
	if !known || r.Local != local {
		r = ap.record(t, local)
	}
	ap.states = append(ap.states, r)
	return r
}

// record returns a new record of a thing.
func (ap *applying) record(t thing, local int64) declared.Record {
	return declared.Record{Declaration: ap.in.Name, Kind: t.kind, Name: t.name, Local: local}
}

// compare returns the settings that differ from the declared ones.
func compare(is, wanted any) ([]SettingChange, error) {
	now, err := settings(is)
	if err != nil {
		return nil, err
	}
	then, err := settings(wanted)
	if err != nil {
		return nil, err
	}
	var changes []SettingChange
	for _, s := range now {
		i := slices.IndexFunc(then, func(w declaration.Setting) bool { return w.Name == s.Name })
		switch {
		case i < 0:
			changes = append(changes, SettingChange{s.Name, s.Value, nil})
		case !reflect.DeepEqual(s.Value, then[i].Value):
			changes = append(changes, SettingChange{s.Name, s.Value, then[i].Value})
		}
	}
	for _, w := range then {
		if !slices.ContainsFunc(now, func(s declaration.Setting) bool { return s.Name == w.Name }) {
			changes = append(changes, SettingChange{w.Name, nil, w.Value})
		}
	}
	return changes, nil
}

// only reports whether all changes are of these settings or below them.
func only(changes []SettingChange, names ...string) bool {
	return !slices.ContainsFunc(changes, func(c SettingChange) bool {
		return !slices.ContainsFunc(names, func(name string) bool {
			return c.Name == name || len(c.Name) > len(name) && c.Name[:len(name)+1] == name+"."
		})
	})
}

// found reports whether a lookup found something; problem.NotFound is no error.
func found(err error) (bool, error) {
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// reference reads a reference to a collection and reports whether the collection exists. A
// declared one may not exist yet, and then has no past. One that is neither declared nor
// existing is problem.NotFound.
func (ap *applying) reference(ctx context.Context, tx *db.Tx, field, text string) (ref collections.Ref, there bool, err error) {
	if ref, err = collections.ParseRef(field, text); err != nil {
		return ref, false, err
	}
	_, _, err = ap.service.collections.Resolve(ctx, tx, ref)
	if err == nil || !problem.Is(err, problem.NotFound) {
		return ref, err == nil, atField(field, err)
	}
	_, nameErr := ap.service.k.Catalog.ByName(ctx, tx, ref.Kind, ref.Name)
	named, nameErr := found(nameErr)
	declares := ap.statesNow(thing{string(ref.Kind), ref.Name})
	switch {
	case nameErr != nil:
		return ref, false, nameErr
	case named: // it had no such state
		return ref, false, atField(field, err)
	case declares && !ref.Past():
		return ref, false, nil
	case declares:
		return ref, false, problem.New(problem.NotFound, "the %s %q is not there yet, and so has no past", ref.Kind, ref.Name).In(field).
			WithHint("leave out the state, or wait until there is one")
	}
	return ref, false, problem.New(problem.NotFound, "there is no %s %q, here or in the declaration", ref.Kind, ref.Name).In(field).
		WithHint("declare it below %s, or correct the name", sections[string(ref.Kind)])
}
