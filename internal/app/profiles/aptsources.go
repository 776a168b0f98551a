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

// APTSource is a line of sources.list(5) for an archive that this server does not publish, with
// the key that signs it.
type APTSource struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Line        string    `json:"line"`
	Key         string    `json:"key,omitempty" doc:"Name of the key that signs the archive; empty if machines know it"`
	AccessGroup string    `json:"access_group"`
	Profiles    []string  `json:"profiles,omitempty" doc:"Names of the profiles that have it"`
	CreatedAt   time.Time `json:"created_at"`
}

func (s *Service) showAPTSource(ctx context.Context, tx *db.Tx, source fleet.Source) (_ APTSource, err error) {
	show := APTSource{ID: source.ID, Name: source.Name, Line: source.Line, AccessGroup: source.AccessGroup, CreatedAt: usecase.Stamp(source.CreatedAt)}
	if source.Key != "" {
		show.Key, err = s.pockets.KeyName(ctx, tx, source.Key)
	}
	return show, err
}

// showAPTSources returns APT sources as callers see them, with their profiles.
func (s *Service) showAPTSources(ctx context.Context, tx *db.Tx, found []fleet.Source) ([]APTSource, error) {
	profiles, err := s.fleet.ProfilesOf(ctx, tx, found)
	if err != nil {
		return nil, err
	}
	items := make([]APTSource, len(found))
	for i, source := range found {
		if items[i], err = s.showAPTSource(ctx, tx, source); err != nil {
			return nil, err
		}
		items[i].Profiles = profiles[source.ID]
	}
	return items, nil
}

// NewAPTSource describes a new APT source.
type NewAPTSource struct {
	Name        string `json:"name" doc:"Lower-case letters, digits, - and +"`
	Line        string `json:"line" doc:"As in sources.list: deb http://archive.example.org/ubuntu noble main"`
	Key         string `json:"key,omitempty" doc:"Name, fingerprint or long key id of the stored key that signs the archive"`
	AccessGroup string `json:"access_group,omitempty" doc:"global if empty"`
}

// CreateAPTSource creates an APT source. Errors have the reasons fleet.DuplicateSource for a used
// name, fleet.InvalidLine, keyring.UnknownKey and access.UnknownGroup.
func (s *Service) CreateAPTSource(ctx context.Context, in NewAPTSource) (APTSource, error) {
	in.AccessGroup = usecase.GroupOr(in.AccessGroup)
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Profile, Scoped: true, Action: "apt-source.create", Subject: "apt-source:" + in.Name, Detail: in}, func(tx *db.Tx, act *usecase.Act) (APTSource, error) {
		if err := s.checkGroup(ctx, tx, act, in.AccessGroup); err != nil {
			return APTSource{}, err
		}
		key, err := s.fingerprintOf(ctx, tx, in.Key)
		if err != nil {
			return APTSource{}, err
		}
		created, err := s.fleet.CreateSource(ctx, tx, fleet.NewSource{Name: in.Name, Line: in.Line, Key: key, AccessGroup: in.AccessGroup})
		if err != nil {
			return APTSource{}, codedLine(usecase.BecauseIf(err, problem.Conflict, fleet.DuplicateSource))
		}
		return s.aptSource(ctx, tx, created)
	})
}

// fingerprintOf returns the fingerprint of the named key; an empty name has none.
func (s *Service) fingerprintOf(ctx context.Context, tx *db.Tx, ref string) (string, error) {
	if ref == "" {
		return "", nil
	}
	return s.pockets.StoredKey(ctx, tx, "key", ref)
}

// codedLine adds the reason to the error of an invalid line.
func codedLine(err error) error {
	if p, ok := errors.AsType[*problem.Problem](err); ok && p.Kind == problem.Invalid && p.Field == "line" {
		return problem.Because(err, fleet.InvalidLine)
	}
	return err
}

func (s *Service) aptSource(ctx context.Context, tx *db.Tx, source fleet.Source) (APTSource, error) {
	shown, err := s.showAPTSources(ctx, tx, []fleet.Source{source})
	if err != nil {
		return APTSource{}, err
	}
	return shown[0], nil
}

// APTSource returns an APT source. An unknown one, or one that the caller may not see, is
// problem.NotFound with fleet.UnknownSource.
func (s *Service) APTSource(ctx context.Context, name string) (APTSource, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (APTSource, error) {
		found, err := s.visibleSource(ctx, tx, name)
		if err != nil {
			return APTSource{}, err
		}
		return s.aptSource(ctx, tx, found)
	})
}

// APTSourceFilter selects APT sources; an empty field selects all.
type APTSourceFilter struct {
	Names       []string // at most 500; unknown names are ignored
	Profile     string   // sources of the profile of this name
	AccessGroup string
	Text        string // in the name or the line, in any case
}

// APTSources returns the APT sources that the caller may see, sorted by name.
func (s *Service) APTSources(ctx context.Context, f APTSourceFilter, p usecase.Page) (usecase.List[APTSource], error) {
	name := func(s APTSource) string { return s.Name }
	return usecase.ReadList(ctx, s.k, access.Read, p, name, func(tx *db.Tx, after string, limit int) ([]APTSource, error) {
		groups, err := selection(ctx, f.AccessGroup, f.Names)
		if err != nil {
			return nil, err
		}
		found, err := s.fleet.Sources(ctx, tx, fleet.SourceFilter{Names: f.Names, AccessGroups: groups, Profile: f.Profile, Text: f.Text}, after, limit)
		if err != nil {
			return nil, err
		}
		return s.showAPTSources(ctx, tx, found)
	})
}

// APTSourceEdit changes an APT source; a nil field stays.
type APTSourceEdit struct {
	Line *string `json:"line,omitempty"`
	Key  *string `json:"key,omitempty" doc:"Empty for none"`
}

// EditAPTSource changes an APT source. Its errors are those of CreateAPTSource.
func (s *Service) EditAPTSource(ctx context.Context, name string, in APTSourceEdit) (APTSource, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Profile, Scoped: true, Action: "apt-source.edit", Subject: "apt-source:" + name, Detail: in}, func(tx *db.Tx, act *usecase.Act) (APTSource, error) {
		source, err := s.visibleSource(ctx, tx, name)
		if err == nil {
			err = act.In(ctx, source.AccessGroup)
		}
		if err != nil {
			return APTSource{}, err
		}
		edit := fleet.SourceEdit{Line: in.Line}
		if in.Key != nil {
			key, err := s.fingerprintOf(ctx, tx, *in.Key)
			if err != nil {
				return APTSource{}, err
			}
			edit.Key = &key
		}
		if source, err = s.fleet.EditSource(ctx, tx, source, edit); err != nil {
			return APTSource{}, codedLine(err)
		}
		return s.aptSource(ctx, tx, source)
	})
}

// DropAPTSources deletes APT sources: all named ones, or none if there is an error. A source of
// a profile is problem.Conflict with fleet.SourceInUse.
func (s *Service) DropAPTSources(ctx context.Context, names ...string) error {
	return s.dropAll(ctx, names, "apt-source.drop", "apt-source:", func(tx *db.Tx, name string) error {
		source, err := s.visibleSource(ctx, tx, name)
		if err == nil {
			err = access.RequireIn(ctx, access.Profile, source.AccessGroup)
		}
		if err != nil {
			return err
		}
		return usecase.BecauseIf(s.fleet.DropSource(ctx, tx, source), problem.Conflict, fleet.SourceInUse)
	})
}

// visibleSource returns an APT source that the caller may see. Any other is problem.NotFound.
func (s *Service) visibleSource(ctx context.Context, tx *db.Tx, name string) (fleet.Source, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return fleet.Source{}, err
	}
	source, err := s.fleet.Source(ctx, tx, name)
	if err == nil && !access.AllowedIn(ctx, access.Read, source.AccessGroup) {
		err = fleet.NoSource(name)
	}
	return source, usecase.BecauseIf(err, problem.NotFound, fleet.UnknownSource)
}
