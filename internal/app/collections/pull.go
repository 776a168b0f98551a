package collections

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/closure"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/query"
)

// PullSnapshot describes a snapshot of one collection with some packages of another.
type PullSnapshot struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	To          string `json:"to" doc:"The collection that the snapshot starts from"`
	From        string `json:"from" doc:"The collection that the packages come from"`
	// Packages and Queries select the packages; one of the two may be empty.
	Packages []string `json:"packages,omitempty" doc:"Names or globs of packages, in every version"`
	Queries  []string `json:"queries,omitempty" doc:"Package queries; each selects the highest matching version of each name and architecture"`
	// Architectures limits queries and dependencies. Empty means the architectures of the binary
	// packages of To, or of From if To has none. Queries select sources only if it contains source.
	Architectures    []string `json:"architectures,omitempty" doc:"Architectures of the packages that queries and dependencies add, and packages for all; empty: the architectures of To"`
	WithDependencies bool     `json:"with_dependencies,omitempty" doc:"Add the dependencies that nothing in To satisfies"`
	Recommends       bool     `json:"recommends,omitempty" doc:"Recommended packages count as dependencies"`
	Suggests         bool     `json:"suggests,omitempty" doc:"Suggested packages count as dependencies"`
	Source           bool     `json:"source,omitempty" doc:"The source packages count as dependencies"`
	AllVariants      bool     `json:"all_variants,omitempty" doc:"Add every package that satisfies a dependency, not only one"`
	AllMatches       bool     `json:"all_matches,omitempty" doc:"Add every version that a query matches"`
	KeepOld          bool     `json:"keep_old,omitempty" doc:"Keep other versions of the added packages"`
	DryRun           bool     `json:"dry_run,omitempty" doc:"Only report the packages that would be added and removed"`
}

// PullResult is the result of a pull.
type PullResult struct {
	Snapshot Collection `json:"snapshot,omitzero" doc:"The new snapshot; absent after a dry run"`
	Added    []Package  `json:"added" doc:"Packages that the snapshot has and To lacks"`
	Removed  []Package  `json:"removed" doc:"Packages that To has and the snapshot lacks"`
}

// Pull creates a snapshot of one state with packages of another. They replace other versions of
// the same name and architecture, unless KeepOld is set. Names and globs that select nothing at all
// are problem.NotFound; queries may select nothing.
func (s *Service) Pull(ctx context.Context, in PullSnapshot) (PullResult, error) {
	if len(in.Packages)+len(in.Queries) == 0 {
		return PullResult{}, problem.New(problem.Invalid, "nothing selects the packages to pull").In("packages").WithHint("give names, globs or queries")
	}
	if in.DryRun {
		return usecase.Read(ctx, s.k, access.Mirror, func(tx *db.Tx) (PullResult, error) {
			p, err := s.pull(ctx, tx, in)
			if err != nil {
				return PullResult{}, err
			}
			return s.pulled(ctx, tx, p)
		})
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "snapshot.pull", Subject: "snapshot:" + in.Name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (PullResult, error) {
		p, err := s.pull(ctx, tx, in)
		if err != nil {
			return PullResult{}, err
		}
		made, err := s.newSnapshot(ctx, tx, in.Name, in.Description, p.sources, func(c catalog.Collection) error {
			_, _, err := s.k.Catalog.Replace(ctx, tx, c, p.after, 0)
			return err
		})
		if err != nil {
			return PullResult{}, err
		}
		result, err := s.pulled(ctx, tx, p)
		result.Snapshot = made
		return result, err
	})
}

// pull is a computed pull: its sources, and the members of To before and after it.
type pull struct {
	sources       []Source
	before, after bitset.Set
}

func (s *Service) pulled(ctx context.Context, tx *db.Tx, p pull) (r PullResult, err error) {
	if r.Added, err = s.ShowPackages(ctx, tx, p.after.Minus(p.before)); err != nil {
		return r, err
	}
	r.Removed, err = s.ShowPackages(ctx, tx, p.before.Minus(p.after))
	return r, err
}

func (s *Service) pull(ctx context.Context, tx *db.Tx, in PullSnapshot) (p pull, err error) {
	if p.sources, err = s.ResolveAll(ctx, tx, "from", []string{in.To, in.From}); err != nil {
		return p, err
	}
	sets, err := s.sets(ctx, tx, p.sources)
	if err != nil {
		return p, err
	}
	to, from := sets[0], sets[1]
	architectures, err := s.architecturesOr(ctx, tx, in.Architectures, to)
	if err == nil && len(architectures) == 0 {
		architectures, err = s.architecturesOr(ctx, tx, nil, from)
	}
	if err != nil {
		return p, err
	}
	taken, err := s.taken(ctx, tx, in, to, from, architectures)
	if err != nil {
		return p, err
	}
	rule := catalog.LastSource
	if in.KeepOld {
		rule = catalog.KeepAll
	}
	p.before = to
	p.after, err = s.k.Catalog.Merge(ctx, tx, []bitset.Set{to, taken}, rule)
	return p, err
}

// taken returns the members that a pull adds.
func (s *Service) taken(ctx context.Context, tx *db.Tx, in PullSnapshot, to, from bitset.Set, architectures []string) (bitset.Set, error) {
	named, err := s.namedPackages(ctx, tx, from, in)
	if err != nil {
		return bitset.Set{}, err
	}
	matched, err := s.matchAny(ctx, tx, from, in.Queries, architectures)
	if err != nil {
		return bitset.Set{}, err
	}
	if in.WithDependencies {
		needs, err := s.k.Catalog.Needs(ctx, tx, from.Union(to), named.Union(matched), closure.Options{
			Architectures: architectures, Present: to,
			Recommends: in.Recommends, Suggests: in.Suggests, Source: in.Source, AllVariants: in.AllVariants,
		})
		if err != nil {
			return bitset.Set{}, err
		}
		matched = matched.Union(bitset.Of(needs.Needed...))
	}
	if !in.AllMatches {
		if matched, err = s.k.Catalog.Newest(ctx, tx, matched); err != nil {
			return bitset.Set{}, err
		}
	}
	return named.Union(matched), nil
}

func (s *Service) namedPackages(ctx context.Context, tx *db.Tx, from bitset.Set, in PullSnapshot) (bitset.Set, error) {
	if len(in.Packages) == 0 {
		return bitset.Set{}, nil
	}
	named, err := s.k.Catalog.Named(ctx, tx, from, in.Packages)
	if err == nil && named.IsEmpty() {
		err = problem.New(problem.NotFound, "%s has none of these packages", in.From).In("packages")
	}
	return named, err
}

// matchAny returns the members that match one of the queries and are for one of the architectures.
func (s *Service) matchAny(ctx context.Context, tx *db.Tx, set bitset.Set, queries, architectures []string) (bitset.Set, error) {
	if len(queries) == 0 {
		return bitset.Set{}, nil
	}
	var wanted query.Or
	for _, text := range queries {
		q, err := query.Parse(text)
		if err != nil {
			return bitset.Set{}, err
		}
		wanted = append(wanted, q)
	}
	var of query.Or
	for _, name := range usecase.Unique(architectures) {
		of = append(of, query.Field{Name: "$Architecture", Condition: query.Condition{Operator: query.Equal, Value: name}})
	}
	var q query.Query = wanted
	if len(of) > 0 {
		q = query.And{wanted, of}
	}
	plan, err := query.Compile(q)
	if err != nil {
		return bitset.Set{}, err
	}
	return s.matchPlan(ctx, tx, set, plan)
}
