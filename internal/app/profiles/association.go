package profiles

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/problem"
)

// Association selects machines: those with one of some tags, or all. Exactly one field is set.
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

// Associate extends a profile to the machines with some tags, or to all machines of its access
// group. While it reaches all machines, its tags stay without effect.
func (s *Service) Associate(ctx context.Context, name string, in Association) (Profile, error) {
	if err := in.check(); err != nil {
		return Profile{}, err
	}
	return s.change(ctx, "profile.associate", name, in, func(tx *db.Tx, p fleet.Profile) error {
		if in.AllComputers {
			return s.fleet.SetAllComputers(ctx, tx, p, true)
		}
		return s.fleet.AddTags(ctx, tx, p, in.Tags)
	})
}

// Disassociate removes tags from a profile, or limits it to the machines with its tags again. A
// tag that the profile does not have is problem.NotFound with fleet.UnknownTag; then all tags
// stay.
func (s *Service) Disassociate(ctx context.Context, name string, in Association) (Profile, error) {
	if err := in.check(); err != nil {
		return Profile{}, err
	}
	return s.change(ctx, "profile.disassociate", name, in, func(tx *db.Tx, p fleet.Profile) error {
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

// AddPockets adds pockets of a series to a profile: all, or none if one is unknown. That is
// problem.NotFound with pocket.UnknownDistribution, pocket.UnknownSeries or pocket.Unknown.
func (s *Service) AddPockets(ctx context.Context, name string, in SeriesPockets) (Profile, error) {
	return s.changePockets(ctx, "profile.add-pockets", name, in, s.fleet.AddPockets)
}

// RemovePockets removes pockets from a profile. Pockets that it does not have are ignored;
// unknown ones are an error, as for AddPockets.
func (s *Service) RemovePockets(ctx context.Context, name string, in SeriesPockets) (Profile, error) {
	return s.changePockets(ctx, "profile.remove-pockets", name, in, s.fleet.RemovePockets)
}

func (s *Service) changePockets(ctx context.Context, action, name string, in SeriesPockets, do func(context.Context, *db.Tx, fleet.Profile, []int64) error) (Profile, error) {
	if err := usecase.FewNames(in.Pockets); err != nil {
		return Profile{}, err
	}
	return s.change(ctx, action, name, in, func(tx *db.Tx, p fleet.Profile) error {
		d, err := s.pocket.Distribution(ctx, tx, in.Distribution)
		if err == nil {
			err = access.RequireIn(ctx, access.Read, d.AccessGroup)
		}
		if err != nil {
			return err
		}
		series, err := s.pocket.Series(ctx, tx, d, "series", in.Series)
		if err != nil {
			return err
		}
		ids, err := usecase.TryMap(in.Pockets, func(name string) (int64, error) {
			found, err := s.pocket.Get(ctx, tx, series, "pockets", name)
			return found.ID, err
		})
		if err != nil {
			return err
		}
		return do(ctx, tx, p, ids)
	})
}

// AddSources adds APT sources to a profile: all, or none if one is unknown. That is
// problem.NotFound with fleet.UnknownSource.
func (s *Service) AddSources(ctx context.Context, name string, sources []string) (Profile, error) {
	return s.changeSources(ctx, "profile.add-sources", name, sources, s.fleet.AddSources)
}

// RemoveSources removes APT sources from a profile. Sources that it does not have are ignored;
// unknown ones are an error, as for AddSources.
func (s *Service) RemoveSources(ctx context.Context, name string, sources []string) (Profile, error) {
	return s.changeSources(ctx, "profile.remove-sources", name, sources, s.fleet.RemoveSources)
}

func (s *Service) changeSources(ctx context.Context, action, name string, sources []string, do func(context.Context, *db.Tx, fleet.Profile, []fleet.Source) error) (Profile, error) {
	if err := usecase.FewNames(sources); err != nil {
		return Profile{}, err
	}
	return s.change(ctx, action, name, sources, func(tx *db.Tx, p fleet.Profile) error {
		found, err := usecase.TryMap(sources, func(name string) (fleet.Source, error) { return s.visibleSource(ctx, tx, name) })
		if err != nil {
			return err
		}
		return do(ctx, tx, p, found)
	})
}
