package closure

import (
	"context"

	"github.com/aptarium/aptarium/internal/problem"
)

// World is the set of packages to search. It numbers its packages as it likes. All methods
// are for batches, so a world can keep its packages in a database. Nothing is requested
// twice, except the relations of packages for all architectures. [Of] calls the methods
// from one goroutine.
type World interface {
	// Describe returns the packages with these numbers, in the same order.
	Describe(ctx context.Context, ids []uint32) ([]Package, error)

	// Find returns, for each name, the packages of the name, sources included, and
	// those that provide it, each in any order.
	Find(ctx context.Context, names []string) ([]Candidates, error)

	// Relations returns, for each package, the text of control fields such as Depends,
	// in the order of fields. A missing field is empty.
	Relations(ctx context.Context, ids []uint32, fields []string) ([][]string, error)
}

// Package is a package as far as a walk needs it.
type Package struct {
	ID      uint32
	Name    string
	Version string
	// Architecture is "source" for sources.
	Architecture string
	// UDeb marks a package of the installer: these satisfy only each other.
	UDeb bool
	// SourceName and SourceVersion name the source package of a binary package; only
	// Options.Source needs them.
	SourceName, SourceVersion string
}

// Candidates are the packages that can satisfy relations to a name.
type Candidates struct {
	Named     []Package
	Providing []Provider
}

// Provider is a package that provides a name.
type Provider struct {
	Package
	Provides string // the version of the provided name, or empty
}

// Set is a set of numbers of packages; bitset.Set is one.
type Set interface{ Contains(id uint32) bool }

// Options select the relations to follow. The zero value follows Depends and Pre-Depends
// for the architectures of the seeds.
type Options struct {
	// Architectures are the architectures for which relations must hold. The relations
	// of other seeds are ignored. Empty means the architectures of the seeds.
	Architectures []string
	// Recommends and Suggests follow these fields, too.
	Recommends, Suggests bool
	// Source adds the source package of each package, also of the seeds.
	Source bool
	// AllVariants adds, for each relation, all packages that satisfy any of its
	// alternatives.
	AllVariants bool
	// Present are packages of the world that need not be added: they satisfy
	// relations, and their own relations are ignored. nil is none.
	Present Set
	// MaxMissing limits Result.Missing; 0 means 1000.
	MaxMissing int
}

// Result is the result of [Of].
type Result struct {
	// Needed are the packages to add, in ascending order, without the seeds and the
	// present packages.
	Needed []uint32
	// Missing are the first of the unsatisfied relations.
	Missing []Missing
	// MissingCount is the number of all unsatisfied relations.
	MissingCount int
}

// Missing is a group of a relationship field that no package of the world satisfies.
type Missing struct {
	Field        string // Depends, Pre-Depends, Recommends, Suggests; Source for a source package
	Relation     string // the whole group: "a | b (>= 2)"
	Architecture string // for which it must hold
	// Chain leads from a seed to the package with this field.
	Chain []Package
	// Malformed means that the relation is a whole field that cannot be parsed.
	Malformed bool
}

const (
	defaultMaxMissing = 1000
	// batch is the number of packages to process at a time.
	batch = 500
)

// Of returns the packages that the seeds need. The result depends only on the world, the
// set of seeds and the options. An error is the world's, that of a context that ended, or
// a problem of kind Invalid in the field architectures: neither the options nor the seeds
// name an architecture.
func Of(ctx context.Context, world World, seeds []uint32, options Options) (Result, error) {
	w := newWalk(world, options)
	if err := w.begin(ctx, seeds); err != nil {
		return Result{}, err
	}
	for at := 0; at < len(w.steps); {
		end := min(at+batch, len(w.steps))
		if err := w.follow(ctx, at, end); err != nil {
			return Result{}, err
		}
		at = end
	}
	return w.result(), nil
}

func noArchitecture() error {
	return problem.New(problem.Invalid, "the architectures for which to follow dependencies are unknown").In("architectures").
		WithHint("name one or more, such as amd64")
}
