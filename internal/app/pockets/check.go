package pockets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// Joined describes the machines of a check: their sources besides the pocket, and their
// architectures. The zero value means the pockets release, updates and security of its series, as
// far as they exist, and the architectures of the pocket.
type Joined struct {
	With          []string `json:"with,omitempty" maxItems:"100" doc:"Pockets, as DISTRIBUTION/SERIES/POCKET or POCKET of the same series, and other collections, as mirror:NAME and the like"`
	Profile       string   `json:"profile,omitempty" doc:"What machines with this repository profile install from, instead"`
	Architectures []string `json:"architectures,omitempty" maxItems:"20"`
}

// PullCheck is the result of a check: the changes and the broken packages of a pull.
type PullCheck struct {
	Areas   []PocketArea `json:"areas" doc:"What would be added, updated and deleted"`
	With    []string     `json:"with" doc:"What the machines were taken to install from besides"`
	Unknown []string     `json:"unknown,omitempty" doc:"APT sources of the profile that were not looked at, since they are not published here"`
	collections.Breakage
}

// CheckPull returns the changes of a pull, and the packages that it would break on machines. It
// changes nothing and takes no lock.
func (s *Service) CheckPull(ctx context.Context, path Path, in Joined) (PullCheck, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (PullCheck, error) {
		at, err := s.Visible(ctx, tx, path)
		if err != nil {
			return PullCheck{}, err
		}
		if err := at.Pocket.Needs(pocket.Pull); err != nil {
			return PullCheck{}, err
		}
		return s.checkPull(ctx, tx, at, in)
	})
}

func (s *Service) checkPull(ctx context.Context, tx *db.Tx, at pocket.Located, in Joined) (check PullCheck, err error) {
	before, err := s.shownNow(ctx, tx, at.Pocket)
	if err != nil {
		return check, err
	}
	after, err := s.pullable(ctx, tx, at)
	if err != nil {
		return check, err
	}
	if check.Areas, err = s.diffAreas(ctx, tx, at.Pocket, before, after); err != nil {
		return check, err
	}
	others, err := s.joined(ctx, tx, at, in, &check)
	if err != nil {
		return check, err
	}
	architectures := in.Architectures
	if len(architectures) == 0 {
		architectures = slices.DeleteFunc(slices.Clone(at.Pocket.Architectures), func(name string) bool { return name == "source" || name == "all" })
	}
	if err := collections.CheckArchitectures(architectures); err != nil {
		return check, err
	}
	check.Breakage, err = s.collections.Breakage(ctx, tx, before.Union(others), after.Union(others), architectures)
	return check, err
}

// joined returns the packages of the other sources of machines, and adds their names to the check.
func (s *Service) joined(ctx context.Context, tx *db.Tx, at pocket.Located, in Joined, check *PullCheck) (bitset.Set, error) {
	check.With = []string{}
	switch {
	case in.Profile != "" && len(in.With) > 0:
		return bitset.Set{}, problem.New(problem.Invalid, "a profile says what is joined, so nothing else can").In("with").WithHint("give one of profile and with")
	case in.Profile != "":
		return s.joinedByProfile(ctx, tx, at, in.Profile, check)
	case len(in.With) > collections.MaxCheckedRefs:
		return bitset.Set{}, problem.New(problem.TooLarge, "a check joins at most %d collections", collections.MaxCheckedRefs).In("with")
	case len(in.With) > 0:
		return s.joinedByName(ctx, tx, at, in.With, check)
	}
	return s.joinedByDefault(ctx, tx, at, check)
}

// joinedByDefault joins the pockets that machines with Ubuntu use besides any other of their series.
func (s *Service) joinedByDefault(ctx context.Context, tx *db.Tx, at pocket.Located, check *PullCheck) (union bitset.Set, err error) {
	all, err := s.pocket.All(ctx, tx, at.Series)
	for _, p := range all {
		if err == nil && p.ID != at.Pocket.ID && slices.Contains([]string{pocket.Release, "updates", "security"}, p.Name) {
			union, err = s.joinPocket(ctx, tx, pocket.Located{Distribution: at.Distribution, Series: at.Series, Pocket: p}, union, check)
		}
	}
	return union, err
}

func (s *Service) joinedByProfile(ctx context.Context, tx *db.Tx, at pocket.Located, name string, check *PullCheck) (union bitset.Set, err error) {
	profile, err := s.fleet.Profile(ctx, tx, name)
	if err == nil && !access.AllowedIn(ctx, access.Read, profile.AccessGroup) {
		err = fleet.NoProfile(name)
	}
	if err != nil {
		return union, usecase.BecauseIf(err, problem.NotFound, fleet.UnknownProfile)
	}
	if !slices.Contains(profile.Pockets, at.Pocket.ID) {
		return union, problem.New(problem.Invalid, "machines with the profile %s do not install from %s, so the pull changes nothing for them", name, at.Path()).In("profile").
			WithHint("name a profile with this pocket, or what is joined with it")
	}
	for _, id := range profile.Pockets {
		if id == at.Pocket.ID {
			continue
		}
		other, err := s.pocket.Locate(ctx, tx, id)
		if err != nil {
			return union, err
		}
		if union, err = s.joinPocket(ctx, tx, other, union, check); err != nil {
			return union, err
		}
	}
	for _, source := range profile.Sources {
		check.Unknown = append(check.Unknown, source.Line)
	}
	return union, nil
}

func (s *Service) joinedByName(ctx context.Context, tx *db.Tx, at pocket.Located, names []string, check *PullCheck) (union bitset.Set, err error) {
	for _, name := range names {
		if strings.Contains(name, ":") {
			union, err = s.joinCollection(ctx, tx, at, name, union, check)
		} else {
			union, err = s.joinNamed(ctx, tx, at, name, union, check)
		}
		if err != nil {
			return union, err
		}
	}
	return union, nil
}

func (s *Service) joinCollection(ctx context.Context, tx *db.Tx, at pocket.Located, name string, union bitset.Set, check *PullCheck) (bitset.Set, error) {
	ref, err := collections.ParseRef("with", name)
	if err != nil {
		return union, err
	}
	if ref.Kind != collections.Published && !ref.Past() {
		if c, _, err := s.collections.Resolve(ctx, tx, ref); err != nil || c.ID == at.Pocket.Collection {
			return union, err // the pocket itself: its packages before the pull are not joined
		}
	}
	set, err := s.collections.Members(ctx, tx, &ref)
	check.With = append(check.With, name)
	return union.Union(set), err
}

func (s *Service) joinNamed(ctx context.Context, tx *db.Tx, at pocket.Located, name string, union bitset.Set, check *PullCheck) (bitset.Set, error) {
	path := at.Path()
	if strings.Contains(name, "/") {
		var err error
		if path, err = ParsePath("with", name); err != nil {
			return union, err
		}
	} else {
		path.Pocket = name
	}
	other, err := s.Visible(ctx, tx, path)
	if err != nil || other.Pocket.ID == at.Pocket.ID {
		return union, err
	}
	return s.joinPocket(ctx, tx, other, union, check)
}

// joinPocket adds the packages of a pocket.
func (s *Service) joinPocket(ctx context.Context, tx *db.Tx, at pocket.Located, union bitset.Set, check *PullCheck) (bitset.Set, error) {
	set, err := s.shownNow(ctx, tx, at.Pocket)
	check.With = append(check.With, at.Path().String())
	return union.Union(set), err
}

// maxNamedBroken limits the broken packages that a refusal names.
const maxNamedBroken = 10

// refusal returns the error of a pull that would break packages; nil if it would break none.
func (c PullCheck) refusal(at pocket.Located) error {
	if c.Broken == 0 {
		return nil
	}
	var named []string
	for _, architecture := range c.Architectures {
		for _, p := range architecture.List {
			if len(named) < maxNamedBroken {
				named = append(named, fmt.Sprintf("%s on %s: %s", p.PackageVersion, architecture.Architecture, p.Why))
			}
		}
	}
	if more := c.Broken - len(named); more > 0 {
		named = append(named, fmt.Sprintf("and %d more", more))
	}
	what := "packages"
	if c.Broken == 1 {
		what = "package"
	}
	return problem.New(problem.Conflict, "the pull would break %d %s: %s", c.Broken, what, strings.Join(named, "; ")).
		WithHint("`aptarium pocket check %s` shows all; nothing was changed", at.Path())
}
