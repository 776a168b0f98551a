package profiles

import (
	"context"
	"errors"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
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

func (svc *Service) showAPTSource(ctx context.Context, tx *db.Tx, s fleet.Source) (_ APTSource, err error) {
	show := APTSource{ID: s.ID, Name: s.Name, Line: s.Line, AccessGroup: s.AccessGroup, CreatedAt: usecase.Stamp(s.CreatedAt)}
	if s.Key != "" {
		show.Key, err = svc.pockets.KeyName(ctx, tx, s.Key)
	}
	return show, err
}

// showAPTSources shows APT sources with the profiles that have them.
func (svc *Service) showAPTSources(ctx context.Context, tx *db.Tx, found []fleet.Source) ([]APTSource, error) {
	profiles, err := svc.fleet.ProfilesOf(ctx, tx, found)
	if err != nil {
		return nil, err
	}
	items := make([]APTSource, len(found))
	for i, s := range found {
		if items[i], err = svc.showAPTSource(ctx, tx, s); err != nil {
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
func (svc *Service) CreateAPTSource(ctx context.Context, in NewAPTSource) (APTSource, error) {
	in.AccessGroup = usecase.GroupOr(in.AccessGroup)
	if err := access.RequireIn(ctx, access.Profile, in.AccessGroup); err != nil {
		return APTSource{}, err
	}
	return usecase.Change(ctx, svc.k, usecase.Act{Permission: access.Anyone, Action: "apt-source.create", Subject: "apt-source:" + in.Name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (APTSource, error) {
		if _, err := svc.k.Access.Group(ctx, tx, in.AccessGroup); err != nil {
			return APTSource{}, err
		}
		key, err := svc.fingerprintOf(ctx, tx, in.Key)
		if err != nil {
			return APTSource{}, err
		}
		s, err := svc.fleet.CreateSource(ctx, tx, fleet.NewSource{Name: in.Name, Line: in.Line, Key: key, AccessGroup: in.AccessGroup})
		if err != nil {
			return APTSource{}, codedLine(usecase.BecauseIf(err, problem.Conflict, fleet.DuplicateSource))
		}
		return svc.aptSource(ctx, tx, s)
	})
}

// fingerprintOf finds the key that is named; none for no name.
func (s *Service) fingerprintOf(ctx context.Context, tx *db.Tx, ref string) (string, error) {
	if ref == "" {
		return "", nil
	}
	return s.pockets.StoredKey(ctx, tx, "key", ref)
}

// codedLine marks what is wrong with a line.
func codedLine(err error) error {
	if p, ok := errors.AsType[*problem.Problem](err); ok && p.Kind == problem.Invalid && p.Field == "line" {
		return problem.Because(err, fleet.InvalidLine)
	}
	return err
}

func (svc *Service) aptSource(ctx context.Context, tx *db.Tx, s fleet.Source) (APTSource, error) {
	shown, err := svc.showAPTSources(ctx, tx, []fleet.Source{s})
	if err != nil {
		return APTSource{}, err
	}
	return shown[0], nil
}

// APTSource gives one APT source; none is problem.NotFound with fleet.UnknownSource.
func (svc *Service) APTSource(ctx context.Context, name string) (APTSource, error) {
	return usecase.Read(ctx, svc.k, access.Read, func(tx *db.Tx) (APTSource, error) {
		s, err := svc.findAPTSource(ctx, tx, name, access.Read)
		if err != nil {
			return APTSource{}, err
		}
		return svc.aptSource(ctx, tx, s)
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
func (svc *Service) APTSources(ctx context.Context, f APTSourceFilter, p usecase.Page) (usecase.List[APTSource], error) {
	groups, err := usecase.VisibleGroups(ctx, f.AccessGroup)
	if err != nil {
		return usecase.List[APTSource]{}, err
	}
	if err := usecase.FewNames(f.Names); err != nil {
		return usecase.List[APTSource]{}, err
	}
	return usecase.View(ctx, svc.k, func(tx *db.Tx) (usecase.List[APTSource], error) {
		found, err := svc.fleet.Sources(ctx, tx, fleet.SourceFilter{Names: f.Names, AccessGroups: groups, Profile: f.Profile, Text: f.Text}, p.After, p.Size()+1)
		if err != nil {
			return usecase.List[APTSource]{}, err
		}
		items, err := svc.showAPTSources(ctx, tx, found)
		return usecase.PageOf(items, p.Size(), func(s APTSource) string { return s.Name }), err
	})
}

// APTSourceEdit changes what is given.
type APTSourceEdit struct {
	Line *string `json:"line,omitempty"`
	Key  *string `json:"key,omitempty" doc:"Empty for none"`
}

// EditAPTSource changes an APT source, with the errors of CreateAPTSource.
func (svc *Service) EditAPTSource(ctx context.Context, name string, in APTSourceEdit) (APTSource, error) {
	return usecase.Change(ctx, svc.k, usecase.Act{Permission: access.Read, Action: "apt-source.edit", Subject: "apt-source:" + name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (APTSource, error) {
		s, err := svc.findAPTSource(ctx, tx, name, access.Profile)
		if err != nil {
			return APTSource{}, err
		}
		edit := fleet.SourceEdit{Line: in.Line}
		if in.Key != nil {
			key, err := svc.fingerprintOf(ctx, tx, *in.Key)
			if err != nil {
				return APTSource{}, err
			}
			edit.Key = &key
		}
		if s, err = svc.fleet.EditSource(ctx, tx, s, edit); err != nil {
			return APTSource{}, codedLine(err)
		}
		return svc.aptSource(ctx, tx, s)
	})
}

// DropAPTSources forgets APT sources: all that are named, or with an error none. One
// that a profile has is problem.Conflict with fleet.SourceInUse.
func (svc *Service) DropAPTSources(ctx context.Context, names ...string) error {
	if err := usecase.FewNames(names); err != nil {
		return err
	}
	if err := access.Require(ctx, access.Read); err != nil {
		return err
	}
	return svc.k.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, name := range usecase.Unique(names) {
			s, err := svc.findAPTSource(ctx, tx, name, access.Profile)
			if err != nil {
				return err
			}
			if err := svc.fleet.DropSource(ctx, tx, s); err != nil {
				return usecase.BecauseIf(err, problem.Conflict, fleet.SourceInUse)
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
func (svc *Service) findAPTSource(ctx context.Context, tx *db.Tx, name string, want usecase.Permission) (fleet.Source, error) {
	s, err := svc.fleet.Source(ctx, tx, name)
	if err == nil && !access.AllowedIn(ctx, access.Read, s.AccessGroup) {
		err = fleet.NoSource(name)
	}
	if err != nil {
		return fleet.Source{}, usecase.BecauseIf(err, problem.NotFound, fleet.UnknownSource)
	}
	return s, access.RequireIn(ctx, want, s.AccessGroup)
}
