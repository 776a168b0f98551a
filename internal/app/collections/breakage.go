package collections

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Breakage lists the packages that a change of collections breaks for the machines that install
// from them.
type Breakage struct {
	Broken        int                    `json:"broken" doc:"How many packages cannot be installed after the change, and could be before or are new; of all architectures"`
	Architectures []ArchitectureBreakage `json:"architectures"`
}

// ArchitectureBreakage is the breakage for machines of one architecture.
type ArchitectureBreakage struct {
	Architecture string          `json:"architecture"`
	Packages     int             `json:"packages" doc:"Names of packages after the change; 0 when nothing changes"`
	Broken       int             `json:"broken"`
	List         []BrokenPackage `json:"list" doc:"The first 1000, by name"`
}

// BrokenPackage is a package that cannot be installed, with the reason.
type BrokenPackage struct {
	PackageVersion
	New       bool             `json:"new,omitempty" doc:"There was no package of this name before"`
	Why       string           `json:"why" doc:"The other fields as a sentence"`
	Chain     []PackageVersion `json:"chain" doc:"From the package to the one whose relation fails; each needs the next"`
	Field     string           `json:"field" enum:"Depends,Pre-Depends,Conflicts,Breaks"`
	Relation  string           `json:"relation" doc:"In Depends and Pre-Depends: the relation that nothing satisfies; in Conflicts and Breaks: the relation that excludes the last package of against"`
	Against   []PackageVersion `json:"against,omitempty" doc:"From the package to another that it needs, and that the relation excludes"`
	Malformed bool             `json:"malformed,omitempty" doc:"The relation cannot be read"`
	Undecided bool             `json:"undecided,omitempty" doc:"The search for a way to install it was stopped"`
}

const (
	// breakageTime bounds one check.
	breakageTime = time.Minute
	// MaxCheckedRefs and maxCheckedArchitectures bound its input.
	MaxCheckedRefs          = 100
	maxCheckedArchitectures = 20
)

// CheckViews returns the packages that break for machines that install from all of before, if
// they install from all of after instead: the packages that could be installed on an empty machine
// and no longer can, and the new ones that cannot. Of each name it checks the highest version, as
// apt does. No architectures means all in before and after.
//
// More than [MaxCheckedRefs] references, more than 20 architectures, or a check of more than a
// minute are problem.TooLarge.
func (s *Service) CheckViews(ctx context.Context, before, after []Ref, architectures []string) (Breakage, error) {
	if err := checkBreakage(before, after, architectures); err != nil {
		return Breakage{}, err
	}
	return ReadStates(ctx, s, slices.Concat(before, after), func(tx *db.Tx) (Breakage, error) {
		old, err := s.unionOf(ctx, tx, before)
		if err != nil {
			return Breakage{}, err
		}
		now, err := s.unionOf(ctx, tx, after)
		if err != nil {
			return Breakage{}, err
		}
		return s.Breakage(ctx, tx, old, now, architectures)
	})
}

func checkBreakage(before, after []Ref, architectures []string) error {
	if len(before)+len(after) > MaxCheckedRefs {
		return problem.New(problem.TooLarge, "one check takes at most %d collections", MaxCheckedRefs).In("before")
	}
	if len(after) == 0 {
		return problem.New(problem.Invalid, "the collections after the change are missing").In("after").WithHint(refHint)
	}
	return CheckArchitectures(architectures)
}

// CheckArchitectures refuses a list that is too long, with problem.TooLarge, or that names
// something else than an architecture of machines, with problem.Invalid.
func CheckArchitectures(architectures []string) error {
	if len(architectures) > maxCheckedArchitectures {
		return problem.New(problem.TooLarge, "one check takes at most %d architectures", maxCheckedArchitectures).In("architecture")
	}
	for _, name := range architectures {
		if !deb.ValidArchitectureName(name) || name == "all" || name == "source" {
			return problem.New(problem.Invalid, "%q is not an architecture of machines", name).In("architecture").WithHint("write it as dpkg does, such as amd64")
		}
	}
	return nil
}

// unionOf returns the members of all references together.
func (s *Service) unionOf(ctx context.Context, tx *db.Tx, refs []Ref) (union bitset.Set, err error) {
	for _, r := range refs {
		set, err := s.Members(ctx, tx, &r)
		if err != nil {
			return bitset.Set{}, err
		}
		union = union.Union(set)
	}
	return union, nil
}

// Breakage returns the packages that break when machines install from the members of after, no
// longer of before. Architectures is as in [Service.CheckViews].
func (s *Service) Breakage(ctx context.Context, tx *db.Tx, before, after bitset.Set, architectures []string) (Breakage, error) {
	architectures, err := s.architecturesOr(ctx, tx, architectures, before.Union(after))
	if err != nil {
		return Breakage{}, err
	}
	ctx, done := context.WithTimeoutCause(ctx, breakageTime, problem.New(problem.TooLarge, "the check takes more than %s", breakageTime).
		WithHint("check one architecture, or fewer collections"))
	defer done()
	b := Breakage{Architectures: []ArchitectureBreakage{}}
	for _, name := range architectures {
		found, err := s.k.Catalog.Breakage(ctx, tx, before, after, name, 0)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = cause
		}
		if err != nil {
			return Breakage{}, err
		}
		b.Broken += found.BrokenCount
		b.Architectures = append(b.Architectures, showBreakage(found))
	}
	return b, nil
}

func showBreakage(found catalog.Breakage) ArchitectureBreakage {
	b := ArchitectureBreakage{Architecture: found.Architecture, Packages: found.Candidates, Broken: found.BrokenCount, List: []BrokenPackage{}}
	for _, x := range found.Broken {
		p := BrokenPackage{
			PackageVersion: packageVersion(x.Package), New: x.New, Chain: packageVersions(x.Chain), Against: packageVersions(x.Against),
			Field: x.Field, Relation: x.Relation, Malformed: x.Malformed, Undecided: x.Undecided,
		}
		p.Why = p.why()
		b.List = append(b.List, p)
	}
	return b
}

// why returns a sentence with the reason.
func (p BrokenPackage) why() string {
	if p.Field == "" {
		return "no way to install it was found, though not all were tried"
	}
	needs, last := "", p.Chain[len(p.Chain)-1]
	relation := fmt.Sprintf("its %s: %s", p.Field, p.Relation)
	if len(p.Chain) > 1 {
		needs = "needs " + joinVersions(p.Chain[1:], ", which needs ") + "; "
		relation = fmt.Sprintf("the %s of %s: %s", p.Field, last, p.Relation)
	}
	switch {
	case p.Malformed:
		return needs + relation + ", cannot be read"
	case len(p.Against) == 0:
		return needs + "nothing satisfies " + relation
	case p.Undecided:
		return needs + relation + p.excludes() + "; not all other ways were tried"
	default:
		return needs + relation + p.excludes()
	}
}

// excludes returns the end of that sentence: the excluded package, and why it is needed.
func (p BrokenPackage) excludes() string {
	n := len(p.Against)
	switch n {
	case 1:
		return ", excludes it"
	case 2:
		return fmt.Sprintf(", excludes %s, which it needs", p.Against[1])
	}
	return fmt.Sprintf(", excludes %s, which it needs for %s", p.Against[n-1], joinVersions(p.Against[1:n-1], ", for "))
}
