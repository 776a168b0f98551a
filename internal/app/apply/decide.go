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

// applying is a declaration on its way to become true.
type applying struct {
	app    *Service
	in     Declaration
	prune  bool
	faults Faults
	known  map[thing]declared.Record // what a declaration of its name stated before
	states []declared.Record         // what it states and is there
	steps  []applyStep               // in their order

	places  map[string]DeclaredPublication // by placeName, with the keys that are to sign
	called  map[string]thing               // what the declaration calls the publication of a place
	trusted map[string]keyringState
	synced  map[thing]bool // mirrors that a step brings up to date
}

// applyStep is something to be done.
type applyStep struct {
	ApplyChange
	stage stage
	needs []thing // whose failure leaves this out
	do    func(ctx context.Context, run *applyRun) error
}

// stage orders steps: those of one stage may be under way together.
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

// maxDeclared bounds how many things a declaration states.
const maxDeclared = 5000

// planApply decides what is to be done.
func (s *Service) planApply(ctx context.Context, in ApplyRequest) (*applying, error) {
	ap := &applying{
		app: s, in: in.Declaration, prune: in.Prune, known: map[thing]declared.Record{},
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
	// What gpg is asked for comes before the transaction.
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

// decide compares everything with what there is.
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

// stated notes that something declared is there, and gives its record: the one
// that was kept, if it is of the same thing.
func (ap *applying) stated(t thing, local int64) declared.Record {
	r, known := ap.known[t]
	if !known || r.Local != local {
		r = ap.record(t, local)
	}
	ap.states = append(ap.states, r)
	return r
}

// record makes the record of a thing.
func (ap *applying) record(t thing, local int64) declared.Record {
	return declared.Record{Declaration: ap.in.Name, Kind: t.kind, Name: t.name, Local: local}
}

// compare lists the settings that are not as declared.
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

// only tells whether the changes are of these settings, or below them, alone.
func only(changes []SettingChange, names ...string) bool {
	return !slices.ContainsFunc(changes, func(c SettingChange) bool {
		return !slices.ContainsFunc(names, func(name string) bool {
			return c.Name == name || len(c.Name) > len(name) && c.Name[:len(name)+1] == name+"."
		})
	})
}

// found tells whether a lookup found something: that it did not is no error.
func found(err error) (bool, error) {
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// declares tells whether a collection is declared.
func (ap *applying) declares(kind catalog.Kind, name string) bool {
	var declares bool
	switch kind {
	case catalog.Mirror:
		_, declares = ap.in.Mirrors[name]
	case catalog.Repo:
		_, declares = ap.in.Repos[name]
	case catalog.Snapshot:
		_, declares = ap.in.Snapshots[name]
	}
	return declares
}

// reference reads what names a collection, and tells whether it is there: one that
// is declared may not be yet, and has no past then. What is neither is a problem of
// kind NotFound.
func (ap *applying) reference(ctx context.Context, tx *db.Tx, field, text string) (ref collections.Ref, there bool, err error) {
	if ref, err = collections.ParseRef(field, text); err != nil {
		return ref, false, err
	}
	_, _, err = ap.app.collections.View(ctx, tx, ref)
	if err == nil || !problem.Is(err, problem.NotFound) {
		return ref, err == nil, atField(field, err)
	}
	_, nameErr := ap.app.k.Catalog.ByName(ctx, tx, ref.Kind, ref.Name)
	named, nameErr := found(nameErr)
	declares := ap.declares(ref.Kind, ref.Name)
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
		WithHint("declare it below %s, or mend the name", sections[string(ref.Kind)])
}
