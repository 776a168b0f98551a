package closure

import (
	"context"

	"github.com/aptarium/aptarium/internal/problem"
)

// World is where packages are looked for. Its packages have numbers, which are
// its own business. All methods are asked for many things at once, so that a
// world may keep its packages in a database; nothing is asked twice, except the
// relations of packages for all architectures. A walk calls them from one
// goroutine.
type World interface {
	// Describe returns the packages of some numbers, in their order.
	Describe(ctx context.Context, ids []uint32) ([]Package, error)

	// Find gives, for each name, the packages called so, sources included, and
	// those that provide it, each in any order.
	Find(ctx context.Context, names []string) ([]Candidates, error)

	// Relations gives, for each package, the text of some control fields, such
	// as Depends, in the order asked; what is not there is empty.
	Relations(ctx context.Context, ids []uint32, fields []string) ([][]string, error)
}

// Package is what has to be known of a package.
type Package struct {
	ID      uint32
	Name    string
	Version string
	// Architecture is "source" for sources.
	Architecture string
	// UDeb tells a package of the installer: such satisfy only each other.
	UDeb bool
	// SourceName and SourceVersion tell the source package that a binary package
	// was built from; they are needed for Options.Source alone.
	SourceName, SourceVersion string
}

// Candidates are the packages that may satisfy relations to a name.
type Candidates struct {
	Named     []Package
	Providing []Provider
}

// Provider is a package that provides a name.
type Provider struct {
	Package
	Provides string // the version of the name that it provides; empty when none is told
}

// Set is a set of numbers of packages; bitset.Set is one.
type Set interface{ Contains(id uint32) bool }

// Options tell what is followed. The zero value follows Depends and Pre-Depends
// for the architectures of the seeds.
type Options struct {
	// Architectures are those for which relations must hold. Seeds for others
	// are left as they are. Empty means those that the seeds have.
	Architectures []string
	// Recommends and Suggests are followed too.
	Recommends, Suggests bool
	// Source takes the source package of each package along, the seeds' too.
	Source bool
	// AllVariants takes, for each relation, all that satisfies any alternative
	// of it.
	AllVariants bool
	// Present are packages of the world that are there already: they satisfy
	// relations, are not needed, and are not looked into. nil is none.
	Present Set
	// MaxMissing bounds Result.Missing; 0 means 1000.
	MaxMissing int
}

// Result is what a walk found.
type Result struct {
	// Needed are the packages to be taken along, in growing order, without the
	// seeds and without those that are present.
	Needed []uint32
	// Missing are the first of the relations that nothing satisfies.
	Missing []Missing
	// MissingCount is how many there are in all.
	MissingCount int
}

// Missing is a group of a relationship field that nothing in the world
// satisfies.
type Missing struct {
	Field        string // Depends, Pre-Depends, Recommends, Suggests; Source for a source package
	Relation     string // the whole group: "a | b (>= 2)"
	Architecture string // for which it was to hold
	// Chain leads from a seed to the package whose field it is.
	Chain []Package
	// Malformed tells that the relation is a whole field that cannot be read.
	Malformed bool
}

const (
	defaultMaxMissing = 1000
	// batch is how many packages are looked into at a time.
	batch = 500
)

// Of finds what the seeds need. The result depends on nothing but the world, the
// seeds as a set and the options. An error is the world's, that of a context that
// ended, or a problem of kind Invalid in the field architectures when nothing
// tells for which architecture the seeds are meant.
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
	return problem.New(problem.Invalid, "nothing tells for which architectures dependencies are to be followed").In("architectures").
		WithHint("name them, such as amd64")
}
