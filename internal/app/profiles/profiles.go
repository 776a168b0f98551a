package profiles

import (
	"cmp"
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// Profile is a repository profile: the pockets and APT sources of the machines with some tags.
type Profile struct {
	ID           int64            `json:"id"`
	Name         string           `json:"name" doc:"Made from its first title; it never changes"`
	Title        string           `json:"title"`
	Description  string           `json:"description"`
	AccessGroup  string           `json:"access_group"`
	AllComputers bool             `json:"all_computers" doc:"Whether every machine of the access group has it; while that is so, the tags mean nothing"`
	Tags         []string         `json:"tags" doc:"Of the machines that have it"`
	Pockets      []pockets.Pocket `json:"pockets"`
	APTSources   []APTSource      `json:"apt_sources"`
	CreatedAt    time.Time        `json:"created_at"`
}

// NewProfile describes a new profile.
type NewProfile struct {
	Title       string `json:"title" doc:"Its name is made of it: web-servers for Web servers, web-servers-2 if that is taken"`
	Description string `json:"description,omitempty"`
	AccessGroup string `json:"access_group,omitempty" doc:"global if empty"`
}

// Create creates a profile without pockets and sources, which reaches no machine. If its title
// is in use, its name gets a number. An unknown access group is problem.NotFound with
// access.UnknownGroup.
func (s *Service) Create(ctx context.Context, in NewProfile) (Profile, error) {
	in.AccessGroup = usecase.GroupOr(in.AccessGroup)
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Profile, Scoped: true, Action: "profile.create", Detail: in}, func(tx *db.Tx, act *usecase.Act) (Profile, error) {
		if err := s.checkGroup(ctx, tx, act, in.AccessGroup); err != nil {
			return Profile{}, err
		}
		p, err := s.fleet.CreateProfile(ctx, tx, fleet.NewProfile(in))
		if err != nil {
			return Profile{}, err
		}
		act.Subject = "profile:" + p.Name
		return s.showProfile(ctx, tx, p)
	})
}

// checkGroup checks that the caller may do an act in an access group, which must exist.
func (s *Service) checkGroup(ctx context.Context, tx *db.Tx, act *usecase.Act, group string) error {
	if err := act.In(ctx, group); err != nil {
		return err
	}
	_, err := s.k.Access.Group(ctx, tx, group)
	return err
}

// Get returns a profile. An unknown one, or one that the caller may not see, is
// problem.NotFound with fleet.UnknownProfile.
func (s *Service) Get(ctx context.Context, name string) (Profile, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Profile, error) {
		p, err := s.visibleProfile(ctx, tx, name)
		if err != nil {
			return Profile{}, err
		}
		return s.showProfile(ctx, tx, p)
	})
}

// Filter selects profiles; an empty field selects all.
type Filter struct {
	Names       []string    // at most 500; unknown names are ignored
	Tag         string      // profiles with this tag
	Pocket      pocket.Path // profiles with this pocket
	APTSource   string      // profiles with the APT source of this name
	AccessGroup string
	Text        string // in the name or the title, in any case
}

// List returns the profiles that the caller may see, sorted by name. More than 500 names are
// problem.TooLarge.
func (s *Service) List(ctx context.Context, f Filter, p usecase.Page) (usecase.List[Profile], error) {
	name := func(p Profile) string { return p.Name }
	return usecase.ReadList(ctx, s.k, access.Read, p, name, func(tx *db.Tx, after string, limit int) ([]Profile, error) {
		groups, err := selection(ctx, f.AccessGroup, f.Names)
		if err != nil {
			return nil, err
		}
		wanted := fleet.ProfileFilter{Names: f.Names, AccessGroups: groups, Tag: f.Tag, Source: f.APTSource, Text: f.Text}
		if f.Pocket != (pocket.Path{}) {
			at, err := s.pockets.Visible(ctx, tx, f.Pocket)
			if err != nil {
				return nil, err
			}
			wanted.Pocket = at.Pocket.ID
		}
		found, err := s.fleet.Profiles(ctx, tx, wanted, after, limit)
		if err != nil {
			return nil, err
		}
		return s.showProfiles(ctx, tx, found)
	})
}

// selection returns the access groups in which a list looks for names.
func selection(ctx context.Context, group string, names []string) ([]string, error) {
	groups, err := usecase.VisibleGroups(ctx, group)
	return groups, cmp.Or(err, usecase.FewNames(names))
}

// ProfileEdit changes a profile; a nil field stays.
type ProfileEdit struct {
	Title       *string `json:"title,omitempty" doc:"The name stays"`
	Description *string `json:"description,omitempty"`
}

// Edit changes the title or the description of a profile. An empty edit is problem.Invalid with
// problem.ConflictingValues.
func (s *Service) Edit(ctx context.Context, name string, in ProfileEdit) (Profile, error) {
	if in.Title == nil && in.Description == nil {
		return Profile{}, problem.Because(problem.New(problem.Invalid, "there is nothing to change").In("title").WithHint("give a title, a description or both"), problem.ConflictingValues)
	}
	return s.change(ctx, "profile.edit", name, in, func(tx *db.Tx, p fleet.Profile) error {
		_, err := s.fleet.EditProfile(ctx, tx, p, fleet.ProfileEdit(in))
		return err
	})
}

// Drop deletes profiles: all named ones, or none if there is an error.
func (s *Service) Drop(ctx context.Context, names ...string) error {
	return s.dropAll(ctx, names, "profile.drop", "profile:", func(tx *db.Tx, name string) error {
		p, err := s.visibleProfile(ctx, tx, name)
		if err == nil {
			err = access.RequireIn(ctx, access.Profile, p.AccessGroup)
		}
		if err != nil {
			return err
		}
		return s.fleet.DropProfile(ctx, tx, p)
	})
}

// dropAll drops named objects in one transaction, with an audit entry for each. drop checks the
// caller's permission for an object.
func (s *Service) dropAll(ctx context.Context, names []string, action, kind string, drop func(tx *db.Tx, name string) error) error {
	if err := cmp.Or(usecase.FewNames(names), access.Require(ctx, access.Read)); err != nil {
		return err
	}
	return s.k.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, name := range usecase.Unique(names) {
			if err := drop(tx, name); err != nil {
				return err
			}
			if err := access.Record(ctx, tx, action, kind+name, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// change changes a profile and returns the changed one.
func (s *Service) change(ctx context.Context, action, name string, detail any, do func(*db.Tx, fleet.Profile) error) (Profile, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Profile, Scoped: true, Action: action, Subject: "profile:" + name, Detail: detail}, func(tx *db.Tx, act *usecase.Act) (Profile, error) {
		p, err := s.visibleProfile(ctx, tx, name)
		if err == nil {
			err = act.In(ctx, p.AccessGroup)
		}
		if err != nil {
			return Profile{}, err
		}
		if err := do(tx, p); err != nil {
			return Profile{}, err
		}
		if p, err = s.fleet.Profile(ctx, tx, name); err != nil {
			return Profile{}, err
		}
		return s.showProfile(ctx, tx, p)
	})
}

// visibleProfile returns a profile that the caller may see. Any other is problem.NotFound.
func (s *Service) visibleProfile(ctx context.Context, tx *db.Tx, name string) (fleet.Profile, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return fleet.Profile{}, err
	}
	p, err := s.fleet.Profile(ctx, tx, name)
	if err == nil && !access.AllowedIn(ctx, access.Read, p.AccessGroup) {
		err = fleet.NoProfile(name)
	}
	return p, usecase.BecauseIf(err, problem.NotFound, fleet.UnknownProfile)
}

func (s *Service) showProfile(ctx context.Context, tx *db.Tx, p fleet.Profile) (Profile, error) {
	shown, err := s.showProfiles(ctx, tx, []fleet.Profile{p})
	if err != nil {
		return Profile{}, err
	}
	return shown[0], nil
}

// showProfiles returns profiles as callers see them. It reads a pocket of several profiles once.
func (s *Service) showProfiles(ctx context.Context, tx *db.Tx, found []fleet.Profile) ([]Profile, error) {
	items, shown := make([]Profile, len(found)), map[int64]pockets.Pocket{}
	for i, p := range found {
		items[i] = Profile{
			ID: p.ID, Name: p.Name, Title: p.Title, Description: p.Description, AccessGroup: p.AccessGroup, AllComputers: p.AllComputers,
			Tags: p.Tags, Pockets: make([]pockets.Pocket, len(p.Pockets)), APTSources: make([]APTSource, len(p.Sources)), CreatedAt: usecase.Stamp(p.CreatedAt),
		}
		for j, id := range p.Pockets {
			if _, known := shown[id]; !known {
				at, err := s.pocket.Locate(ctx, tx, id)
				if err != nil {
					return nil, err
				}
				if shown[id], err = s.pockets.Show(ctx, tx, at); err != nil {
					return nil, err
				}
			}
			items[i].Pockets[j] = shown[id]
		}
		for j, source := range p.Sources {
			var err error
			if items[i].APTSources[j], err = s.showAPTSource(ctx, tx, source); err != nil {
				return nil, err
			}
		}
	}
	return items, nil
}
