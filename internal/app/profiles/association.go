package profiles

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/problem"
)

// Association says which machines: those with one of some tags, or all. One of the two
// is to be given.
type Association struct {
	Tags         []string `json:"tags,omitempty"`
	AllComputers bool     `json:"all_computers,omitempty"`
}

func (in Association) check() error {
	if (len(in.Tags) > 0) == in.AllComputers {
		return problem.Because(problem.New(problem.Invalid, "give either tags or all computers").In("tags").
			WithHint("tags count again by themselves when the profile is no longer associated with all computers"), problem.ConflictingValues)
	}
	return nil
}

// AssociateProfile has a profile reach the machines with some tags too, or all machines
// of its access group. While it reaches all, its tags stay and mean nothing.
func (s *Service) Associate(ctx context.Context, name string, in Association) (Profile, error) {
	if err := in.check(); err != nil {
		return Profile{}, err
	}
	return s.changeProfile(ctx, "profile.associate", name, in, func(tx *db.Tx, p fleet.Profile) error {
		if in.AllComputers {
			return s.fleet.SetAllComputers(ctx, tx, p, true)
		}
		return s.fleet.AddTags(ctx, tx, p, in.Tags)
	})
}

// DisassociateProfile takes tags from a profile, or has it reach only the machines with
// its tags again. A tag that it does not have is problem.NotFound with fleet.UnknownTag,
// and then all stay.
func (s *Service) Disassociate(ctx context.Context, name string, in Association) (Profile, error) {
	if err := in.check(); err != nil {
		return Profile{}, err
	}
	return s.changeProfile(ctx, "profile.disassociate", name, in, func(tx *db.Tx, p fleet.Profile) error {
		if in.AllComputers {
			return s.fleet.SetAllComputers(ctx, tx, p, false)
		}
		return usecase.BecauseIf(s.fleet.RemoveTags(ctx, tx, p, in.Tags), problem.NotFound, fleet.UnknownTag)
	})
}

// SeriesPockets names pockets of one series.
type SeriesPockets struct {
	Distribution string   `json:"distribution"`
	Series       string   `json:"series"`
	Pockets      []string `json:"pockets" minItems:"1" maxItems:"500"`
}

// AddPocketsToProfile gives pockets of a series to a profile. What is not there is
// problem.NotFound with pocket.UnknownDistribution, pocket.UnknownSeries or
// pocket.Unknown, and then none is added.
func (s *Service) AddPockets(ctx context.Context, name string, in SeriesPockets) (Profile, error) {
	return s.changeProfilePockets(ctx, "profile.add-pockets", name, in, s.fleet.AddPockets)
}

// RemovePocketsFromProfile takes pockets from a profile. Those that it does not have
// are no error; one that is not there at all is one, as for AddPocketsToProfile.
func (s *Service) RemovePockets(ctx context.Context, name string, in SeriesPockets) (Profile, error) {
	return s.changeProfilePockets(ctx, "profile.remove-pockets", name, in, s.fleet.RemovePockets)
}

func (svc *Service) changeProfilePockets(ctx context.Context, action, name string, in SeriesPockets, do func(context.Context, *db.Tx, fleet.Profile, []int64) error) (Profile, error) {
	if err := usecase.FewNames(in.Pockets); err != nil {
		return Profile{}, err
	}
	return svc.changeProfile(ctx, action, name, in, func(tx *db.Tx, p fleet.Profile) error {
		d, err := svc.pocket.Distribution(ctx, tx, in.Distribution)
		if err == nil {
			err = access.RequireIn(ctx, access.Read, d.AccessGroup)
		}
		if err != nil {
			return err
		}
		s, err := svc.pocket.Series(ctx, tx, d, "series", in.Series)
		if err != nil {
			return err
		}
		ids := make([]int64, len(in.Pockets))
		for i, pocket := range in.Pockets {
			found, err := svc.pocket.Get(ctx, tx, s, "pockets", pocket)
			if err != nil {
				return err
			}
			ids[i] = found.ID
		}
		return do(ctx, tx, p, ids)
	})
}

// AddSourcesToProfile gives APT sources to a profile. One that is not there is
// problem.NotFound with fleet.UnknownSource, and then none is added.
func (s *Service) AddSources(ctx context.Context, name string, sources []string) (Profile, error) {
	return s.changeProfileSources(ctx, "profile.add-sources", name, sources, s.fleet.AddSources)
}

// RemoveSourcesFromProfile takes APT sources from a profile. Those that it does not
// have are no error; one that is not there at all is one, as for AddSourcesToProfile.
func (s *Service) RemoveSources(ctx context.Context, name string, sources []string) (Profile, error) {
	return s.changeProfileSources(ctx, "profile.remove-sources", name, sources, s.fleet.RemoveSources)
}

func (s *Service) changeProfileSources(ctx context.Context, action, name string, sources []string, do func(context.Context, *db.Tx, fleet.Profile, []fleet.Source) error) (Profile, error) {
	if err := usecase.FewNames(sources); err != nil {
		return Profile{}, err
	}
	return s.changeProfile(ctx, action, name, sources, func(tx *db.Tx, p fleet.Profile) error {
		found := make([]fleet.Source, len(sources))
		for i, source := range sources {
			var err error
			if found[i], err = s.findAPTSource(ctx, tx, source, access.Read); err != nil {
				return err
			}
		}
		return do(ctx, tx, p, found)
	})
}
