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

// Joined tells what machines install from besides a pocket, and of which architectures
// they are. The zero value is the pockets release, updates and security of its series,
// as far as there are such, and the architectures of the pocket.
type Joined struct {
	With          []string `json:"with,omitempty" maxItems:"100" doc:"Pockets, as DISTRIBUTION/SERIES/POCKET or POCKET of the same series, and other collections, as mirror:NAME and the like"`
	Profile       string   `json:"profile,omitempty" doc:"What machines with this repository profile install from, instead"`
	Architectures []string `json:"architectures,omitempty" maxItems:"20"`
}

// PullCheck is what a pull would change, and what it would break.
type PullCheck struct {
	Areas []PocketArea `json:"areas" doc:"What would be added, updated and deleted"`
	With  []string     `json:"with" doc:"What the machines were taken to install from besides"`
	// Unknown are sources of a profile that are not published here.
	Unknown []string `json:"unknown,omitempty" doc:"APT sources of the profile that were not looked at, since they are not published here"`
	collections.Breakage
}

// CheckPull tells what a pull would change in a pocket, and what would break for
// machines by that: see [App.CheckViews]. It changes nothing and waits for nobody.
func (s *Service) CheckPull(ctx context.Context, path PocketPath, in Joined) (PullCheck, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (PullCheck, error) {
		at, err := s.PocketNamed(ctx, tx, path)
		if err != nil {
			return PullCheck{}, err
		}
		if err := at.Pocket.Needs(pocket.Pull); err != nil {
			return PullCheck{}, err
		}
		return s.checkPull(ctx, tx, at, in)
	})
}

func (s *Service) checkPull(ctx context.Context, tx *db.Tx, at pocketAt, in Joined) (check PullCheck, err error) {
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

// joined gives what machines install from besides a pocket, and notes what that is.
func (s *Service) joined(ctx context.Context, tx *db.Tx, at pocketAt, in Joined, check *PullCheck) (bitset.Set, error) {
	check.With = []string{}
	switch {
	case in.Profile != "" && len(in.With) > 0:
		return bitset.Set{}, problem.New(problem.Invalid, "a profile says what is joined, so nothing else can").In("with").WithHint("give one of profile and with")
	case in.Profile != "":
		return s.joinedByProfile(ctx, tx, at, in.Profile, check)
	case len(in.With) > collections.MaxCheckedRefs:
		return bitset.Set{}, problem.New(problem.TooLarge, "at most %d collections can be looked at in one go", collections.MaxCheckedRefs).In("with")
	case len(in.With) > 0:
		return s.joinedByName(ctx, tx, at, in.With, check)
	}
	return s.joinedByCustom(ctx, tx, at, check)
}

// customary are the pockets that machines join beside any other of their series, as
// Ubuntu's do.
func customary() []string { return []string{pocket.Release, "updates", "security"} }

func (s *Service) joinedByCustom(ctx context.Context, tx *db.Tx, at pocketAt, check *PullCheck) (union bitset.Set, err error) {
	all, err := s.pocket.All(ctx, tx, at.series)
	for _, p := range all {
		if err == nil && p.ID != at.Pocket.ID && slices.Contains(customary(), p.Name) {
			union, err = s.joinPocket(ctx, tx, pocketAt{at.Distribution, at.series, p}, union, check)
		}
	}
	return union, err
}

func (s *Service) joinedByProfile(ctx context.Context, tx *db.Tx, at pocketAt, name string, check *PullCheck) (union bitset.Set, err error) {
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
		other, err := s.PocketByID(ctx, tx, id)
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

func (s *Service) joinedByName(ctx context.Context, tx *db.Tx, at pocketAt, names []string, check *PullCheck) (union bitset.Set, err error) {
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

func (s *Service) joinCollection(ctx context.Context, tx *db.Tx, at pocketAt, name string, union bitset.Set, check *PullCheck) (bitset.Set, error) {
	ref, err := collections.ParseRef("with", name)
	if err != nil {
		return union, err
	}
	if ref.Kind != collections.Published && !ref.Past() {
		if c, _, err := s.collections.View(ctx, tx, ref); err != nil || c.ID == at.Pocket.Collection {
			return union, err // what the pocket had is not joined beside what it will have
		}
	}
	set, err := s.collections.SetOf(ctx, tx, &ref)
	check.With = append(check.With, name)
	return union.Union(set), err
}

func (s *Service) joinNamed(ctx context.Context, tx *db.Tx, at pocketAt, name string, union bitset.Set, check *PullCheck) (bitset.Set, error) {
	path := at.Path()
	if strings.Contains(name, "/") {
		var err error
		if path, err = ParsePocketPath("with", name); err != nil {
			return union, err
		}
	} else {
		path.Pocket = name
	}
	other, err := s.PocketNamed(ctx, tx, path)
	if err != nil || other.Pocket.ID == at.Pocket.ID {
		return union, err
	}
	return s.joinPocket(ctx, tx, other, union, check)
}

// joinPocket adds what a pocket shows.
func (s *Service) joinPocket(ctx context.Context, tx *db.Tx, at pocketAt, union bitset.Set, check *PullCheck) (bitset.Set, error) {
	set, err := s.shownNow(ctx, tx, at.Pocket)
	check.With = append(check.With, at.Path().String())
	return union.Union(set), err
}

// ParsePocketPath reads DISTRIBUTION/SERIES/POCKET. Field names the input for errors.
func ParsePocketPath(field, text string) (PocketPath, error) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return PocketPath{}, problem.Because(problem.New(problem.Invalid, "%.200q names no pocket", text).In(field).
			WithHint("write DISTRIBUTION/SERIES/POCKET, such as ubuntu/noble/release"), problem.InvalidValue)
	}
	return PocketPath{Distribution: parts[0], Series: parts[1], Pocket: parts[2]}, nil
}

// maxToldBroken is how many broken packages a refusal names.
const maxToldBroken = 10

// refusal is the error of a pull that would break something, nil if it would not.
func (c PullCheck) refusal(at pocketAt) error {
	if c.Broken == 0 {
		return nil
	}
	var told []string
	for _, architecture := range c.Architectures {
		for _, p := range architecture.List {
			if len(told) < maxToldBroken {
				told = append(told, fmt.Sprintf("%s on %s: %s", p.PackageVersion, architecture.Architecture, p.Why))
			}
		}
	}
	if more := c.Broken - len(told); more > 0 {
		told = append(told, fmt.Sprintf("and %d more", more))
	}
	what := "packages"
	if c.Broken == 1 {
		what = "package"
	}
	return problem.New(problem.Conflict, "the pull would break %d %s: %s", c.Broken, what, strings.Join(told, "; ")).
		WithHint("`aptarium pocket check %s` shows all; nothing was changed", at.Path())
}
