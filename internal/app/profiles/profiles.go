package profiles

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/problem"
)

// Profile is a repository profile: the sources that some machines get.
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

// NewProfile is a profile to be made.
type NewProfile struct {
	Title       string `json:"title" doc:"Its name is made of it: web-servers for Web servers, web-servers-2 if that is taken"`
	Description string `json:"description,omitempty"`
	AccessGroup string `json:"access_group,omitempty" doc:"global if empty"`
}

// CreateProfile makes a profile that has nothing yet, and reaches no machine. A second
// profile of the same title gets a name with a number behind it. An access group that
// is not there is problem.NotFound with access.UnknownGroup.
func (s *Service) Create(ctx context.Context, in NewProfile) (Profile, error) {
	in.AccessGroup = usecase.GroupOr(in.AccessGroup)
	if err := access.RequireIn(ctx, access.Profile, in.AccessGroup); err != nil {
		return Profile{}, err
	}
	var made Profile
	err := s.k.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.k.Access.Group(ctx, tx, in.AccessGroup); err != nil {
			return err
		}
		p, err := s.fleet.CreateProfile(ctx, tx, fleet.NewProfile(in))
		if err != nil {
			return err
		}
		if made, err = s.showProfile(ctx, tx, p); err != nil {
			return err
		}
		return access.Record(ctx, tx, "profile.create", "profile:"+p.Name, in)
	})
	return made, err
}

// Profile gives one profile; none is problem.NotFound with fleet.UnknownProfile.
func (s *Service) Get(ctx context.Context, name string) (Profile, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Profile, error) {
		p, err := s.findProfile(ctx, tx, name, access.Read)
		if err != nil {
			return Profile{}, err
		}
		return s.showProfile(ctx, tx, p)
	})
}

// ProfileFilter chooses profiles; what is empty chooses all.
type ProfileFilter struct {
	Names       []string           // names that there are not are passed over; at most 500
	Tag         string             // that have this tag
	Pocket      pockets.PocketPath // that have this pocket
	APTSource   string             // that have the APT source of this name
	AccessGroup string
	Text        string // in the name or the title, whatever the case
}

// Profiles lists the profiles that the caller may see, by name.
func (s *Service) List(ctx context.Context, f ProfileFilter, p usecase.Page) (usecase.List[Profile], error) {
	groups, err := usecase.VisibleGroups(ctx, f.AccessGroup)
	if err != nil {
		return usecase.List[Profile]{}, err
	}
	if err := usecase.FewNames(f.Names); err != nil {
		return usecase.List[Profile]{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[Profile], error) {
		wanted := fleet.ProfileFilter{Names: f.Names, AccessGroups: groups, Tag: f.Tag, Source: f.APTSource, Text: f.Text}
		if f.Pocket != (pockets.PocketPath{}) {
			at, err := s.pockets.PocketNamed(ctx, tx, f.Pocket)
			if err != nil {
				return usecase.List[Profile]{}, err
			}
			wanted.Pocket = at.Pocket.ID
		}
		found, err := s.fleet.Profiles(ctx, tx, wanted, p.After, p.Size()+1)
		if err != nil {
			return usecase.List[Profile]{}, err
		}
		items, err := s.showProfiles(ctx, tx, found)
		return usecase.PageOf(items, p.Size(), func(p Profile) string { return p.Name }), err
	})
}

// ProfileEdit changes what is given.
type ProfileEdit struct {
	Title       *string `json:"title,omitempty" doc:"The name stays"`
	Description *string `json:"description,omitempty"`
}

// EditProfile changes what people read of a profile. To change nothing is
// problem.Invalid with problem.ConflictingValues.
func (s *Service) Edit(ctx context.Context, name string, in ProfileEdit) (Profile, error) {
	if in.Title == nil && in.Description == nil {
		return Profile{}, problem.Because(problem.New(problem.Invalid, "nothing is to be changed").In("title").WithHint("give a title, a description or both"), problem.ConflictingValues)
	}
	return s.changeProfile(ctx, "profile.edit", name, in, func(tx *db.Tx, p fleet.Profile) error {
		_, err := s.fleet.EditProfile(ctx, tx, p, fleet.ProfileEdit(in))
		return err
	})
}

// DropProfiles forgets profiles: all that are named, or with an error none.
func (s *Service) Drop(ctx context.Context, names ...string) error {
	if err := usecase.FewNames(names); err != nil {
		return err
	}
	if err := access.Require(ctx, access.Read); err != nil {
		return err
	}
	return s.k.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, name := range usecase.Unique(names) {
			p, err := s.findProfile(ctx, tx, name, access.Profile)
			if err != nil {
				return err
			}
			if err := s.fleet.DropProfile(ctx, tx, p); err != nil {
				return err
			}
			if err := access.Record(ctx, tx, "profile.drop", "profile:"+name, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// changeProfile does something to a profile that the caller may change, leaves an audit
// entry, and gives what became of it.
func (s *Service) changeProfile(ctx context.Context, action, name string, detail any, do func(*db.Tx, fleet.Profile) error) (Profile, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Read, Action: action, Subject: "profile:" + name, Detail: detail}, func(tx *db.Tx, _ *usecase.Act) (Profile, error) {
		p, err := s.findProfile(ctx, tx, name, access.Profile)
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

// findProfile finds a profile to which the caller may do something. One that the caller
// may not see is not there.
func (s *Service) findProfile(ctx context.Context, tx *db.Tx, name string, want usecase.Permission) (fleet.Profile, error) {
	p, err := s.fleet.Profile(ctx, tx, name)
	if err == nil && !access.AllowedIn(ctx, access.Read, p.AccessGroup) {
		err = fleet.NoProfile(name)
	}
	if err != nil {
		return fleet.Profile{}, usecase.BecauseIf(err, problem.NotFound, fleet.UnknownProfile)
	}
	return p, access.RequireIn(ctx, want, p.AccessGroup)
}

func (s *Service) showProfile(ctx context.Context, tx *db.Tx, p fleet.Profile) (Profile, error) {
	shown, err := s.showProfiles(ctx, tx, []fleet.Profile{p})
	if err != nil {
		return Profile{}, err
	}
	return shown[0], nil
}

// showProfiles shows profiles; a pocket that several have is looked up once.
func (svc *Service) showProfiles(ctx context.Context, tx *db.Tx, found []fleet.Profile) ([]Profile, error) {
	items, shown := make([]Profile, len(found)), map[int64]pockets.Pocket{}
	for i, p := range found {
		items[i] = Profile{
			ID: p.ID, Name: p.Name, Title: p.Title, Description: p.Description, AccessGroup: p.AccessGroup, AllComputers: p.AllComputers,
			Tags: p.Tags, Pockets: make([]pockets.Pocket, len(p.Pockets)), APTSources: make([]APTSource, len(p.Sources)), CreatedAt: usecase.Stamp(p.CreatedAt),
		}
		for j, id := range p.Pockets {
			if _, known := shown[id]; !known {
				at, err := svc.pockets.PocketByID(ctx, tx, id)
				if err != nil {
					return nil, err
				}
				if shown[id], err = svc.pockets.ShowPocket(ctx, tx, at); err != nil {
					return nil, err
				}
			}
			items[i].Pockets[j] = shown[id]
		}
		for j, s := range p.Sources {
			var err error
			if items[i].APTSources[j], err = svc.showAPTSource(ctx, tx, s); err != nil {
				return nil, err
			}
		}
	}
	return items, nil
}
