package app

import (
	"context"
	"errors"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/problem"
)

// APTSource is a line of sources.list(5) for an archive that is not ours, with the key
// that signs it.
type APTSource struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Line        string    `json:"line"`
	Key         string    `json:"key,omitempty" doc:"Name of the key that signs the archive; empty if machines know it"`
	AccessGroup string    `json:"access_group"`
	Profiles    []string  `json:"profiles,omitempty" doc:"Names of the profiles that have it"`
	CreatedAt   time.Time `json:"created_at"`
}

func (a *App) showAPTSource(ctx context.Context, tx *db.Tx, s fleet.Source) (_ APTSource, err error) {
	show := APTSource{ID: s.ID, Name: s.Name, Line: s.Line, AccessGroup: s.AccessGroup, CreatedAt: stamp(s.CreatedAt)}
	if s.Key != "" {
		show.Key, err = a.keyName(ctx, tx, s.Key)
	}
	return show, err
}

// showAPTSources shows APT sources with the profiles that have them.
func (a *App) showAPTSources(ctx context.Context, tx *db.Tx, found []fleet.Source) ([]APTSource, error) {
	profiles, err := a.fleet.ProfilesOf(ctx, tx, found)
	if err != nil {
		return nil, err
	}
	items := make([]APTSource, len(found))
	for i, s := range found {
		if items[i], err = a.showAPTSource(ctx, tx, s); err != nil {
			return nil, err
		}
		items[i].Profiles = profiles[s.ID]
	}
	return items, nil
}

// NewAPTSource is an APT source to be made.
type NewAPTSource struct {
	Name        string `json:"name" doc:"Lower-case letters, digits, - and +"`
	Line        string `json:"line" doc:"As in sources.list: deb http://archive.example.org/ubuntu noble main"`
	Key         string `json:"key,omitempty" doc:"Name, fingerprint or long key id of the stored key that signs the archive"`
	AccessGroup string `json:"access_group,omitempty" doc:"global if empty"`
}

// CreateAPTSource keeps an APT source. The errors have reasons: fleet.DuplicateSource
// for a name that is taken, fleet.InvalidLine, keyring.UnknownKey,
// access.UnknownGroup.
func (a *App) CreateAPTSource(ctx context.Context, in NewAPTSource) (APTSource, error) {
	in.AccessGroup = groupOr(in.AccessGroup)
	if err := access.RequireIn(ctx, access.Profile, in.AccessGroup); err != nil {
		return APTSource{}, err
	}
	return change(ctx, a, "apt-source.create", "apt-source:"+in.Name, in, func(tx *db.Tx) (APTSource, error) {
		if _, err := a.Access.Group(ctx, tx, in.AccessGroup); err != nil {
			return APTSource{}, err
		}
		key, err := a.fingerprintOf(ctx, tx, in.Key)
		if err != nil {
			return APTSource{}, err
		}
		s, err := a.fleet.CreateSource(ctx, tx, fleet.NewSource{Name: in.Name, Line: in.Line, Key: key, AccessGroup: in.AccessGroup})
		if err != nil {
			return APTSource{}, codedLine(becauseIf(err, problem.Conflict, fleet.DuplicateSource))
		}
		return a.aptSource(ctx, tx, s)
	})
}

// fingerprintOf finds the key that is named; none for no name.
func (a *App) fingerprintOf(ctx context.Context, tx *db.Tx, ref string) (string, error) {
	if ref == "" {
		return "", nil
	}
	return a.storedKey(ctx, tx, "key", ref)
}

// codedLine marks what is wrong with a line.
func codedLine(err error) error {
	if p, ok := errors.AsType[*problem.Problem](err); ok && p.Kind == problem.Invalid && p.Field == "line" {
		return problem.Because(err, fleet.InvalidLine)
	}
	return err
}

func (a *App) aptSource(ctx context.Context, tx *db.Tx, s fleet.Source) (APTSource, error) {
	shown, err := a.showAPTSources(ctx, tx, []fleet.Source{s})
	if err != nil {
		return APTSource{}, err
	}
	return shown[0], nil
}

// APTSource gives one APT source; none is problem.NotFound with fleet.UnknownSource.
func (a *App) APTSource(ctx context.Context, name string) (APTSource, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return APTSource{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (APTSource, error) {
		s, err := a.findAPTSource(ctx, tx, name, access.Read)
		if err != nil {
			return APTSource{}, err
		}
		return a.aptSource(ctx, tx, s)
	})
}

// APTSourceFilter chooses APT sources; what is empty chooses all.
type APTSourceFilter struct {
	Names       []string // names that there are not are passed over; at most 500
	Profile     string   // that the profile of this name has
	AccessGroup string
	Text        string // in the name or the line, whatever the case
}

// APTSources lists the APT sources that the caller may see, by name.
func (a *App) APTSources(ctx context.Context, f APTSourceFilter, p Page) (List[APTSource], error) {
	groups, err := visibleGroups(ctx, f.AccessGroup)
	if err != nil {
		return List[APTSource]{}, err
	}
	if err := fewNames(f.Names); err != nil {
		return List[APTSource]{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (List[APTSource], error) {
		found, err := a.fleet.Sources(ctx, tx, fleet.SourceFilter{Names: f.Names, AccessGroups: groups, Profile: f.Profile, Text: f.Text}, p.After, p.limit()+1)
		if err != nil {
			return List[APTSource]{}, err
		}
		items, err := a.showAPTSources(ctx, tx, found)
		return pageOf(items, p.limit(), func(s APTSource) string { return s.Name }), err
	})
}

// APTSourceEdit changes what is given.
type APTSourceEdit struct {
	Line *string `json:"line,omitempty"`
	Key  *string `json:"key,omitempty" doc:"Empty for none"`
}

// EditAPTSource changes an APT source, with the errors of CreateAPTSource.
func (a *App) EditAPTSource(ctx context.Context, name string, in APTSourceEdit) (APTSource, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return APTSource{}, err
	}
	return change(ctx, a, "apt-source.edit", "apt-source:"+name, in, func(tx *db.Tx) (APTSource, error) {
		s, err := a.findAPTSource(ctx, tx, name, access.Profile)
		if err != nil {
			return APTSource{}, err
		}
		edit := fleet.SourceEdit{Line: in.Line}
		if in.Key != nil {
			key, err := a.fingerprintOf(ctx, tx, *in.Key)
			if err != nil {
				return APTSource{}, err
			}
			edit.Key = &key
		}
		if s, err = a.fleet.EditSource(ctx, tx, s, edit); err != nil {
			return APTSource{}, codedLine(err)
		}
		return a.aptSource(ctx, tx, s)
	})
}

// DropAPTSources forgets APT sources: all that are named, or with an error none. One
// that a profile has is problem.Conflict with fleet.SourceInUse.
func (a *App) DropAPTSources(ctx context.Context, names ...string) error {
	if err := fewNames(names); err != nil {
		return err
	}
	if err := access.Require(ctx, access.Read); err != nil {
		return err
	}
	return a.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, name := range unique(names) {
			s, err := a.findAPTSource(ctx, tx, name, access.Profile)
			if err != nil {
				return err
			}
			if err := a.fleet.DropSource(ctx, tx, s); err != nil {
				return becauseIf(err, problem.Conflict, fleet.SourceInUse)
			}
			if err := access.Record(ctx, tx, "apt-source.drop", "apt-source:"+name, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// findAPTSource finds an APT source to which the caller may do something. One that the
// caller may not see is not there.
func (a *App) findAPTSource(ctx context.Context, tx *db.Tx, name string, want Permission) (fleet.Source, error) {
	s, err := a.fleet.Source(ctx, tx, name)
	if err == nil && !access.AllowedIn(ctx, access.Read, s.AccessGroup) {
		err = fleet.NoSource(name)
	}
	if err != nil {
		return fleet.Source{}, becauseIf(err, problem.NotFound, fleet.UnknownSource)
	}
	return s, access.RequireIn(ctx, want, s.AccessGroup)
}
