package collections

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/closure"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/query"
)

// PullSnapshot is a snapshot to be made of another collection, with some packages
// taken from a third.
type PullSnapshot struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	To          string `json:"to" doc:"What to start from"`
	From        string `json:"from" doc:"Where to take packages"`
	// Packages and Queries choose what is taken; either may be empty, not both.
	Packages []string `json:"packages,omitempty" doc:"Names or globs of the packages to take: every version"`
	Queries  []string `json:"queries,omitempty" doc:"Package queries: of what one of them matches, the highest version of each name and architecture is taken"`
	// Architectures limits what queries and dependencies take. Empty means those
	// of the binary packages of To or, when it has none, of From: sources are
	// taken by queries only when it has source in it.
	Architectures    []string `json:"architectures,omitempty" doc:"For which packages are taken by queries and as dependencies; packages for all count for each; empty: those that To has"`
	WithDependencies bool     `json:"with_dependencies,omitempty" doc:"Take what the packages depend on too, as far as To has nothing that will do"`
	Recommends       bool     `json:"recommends,omitempty" doc:"Recommended packages count as dependencies"`
	Suggests         bool     `json:"suggests,omitempty" doc:"Suggested packages count as dependencies"`
	Source           bool     `json:"source,omitempty" doc:"The source packages count as dependencies"`
	AllVariants      bool     `json:"all_variants,omitempty" doc:"Take whatever satisfies a dependency, not one of those"`
	AllMatches       bool     `json:"all_matches,omitempty" doc:"Take every version that a query matches"`
	KeepOld          bool     `json:"keep_old,omitempty" doc:"Keep other versions of what is taken"`
	DryRun           bool     `json:"dry_run,omitempty" doc:"Only tell what would come and go"`
}

// PullResult tells what came of a pull.
type PullResult struct {
	Snapshot Collection `json:"snapshot,omitzero" doc:"What was made; nothing after a dry run"`
	Added    []Package  `json:"added" doc:"What the snapshot has and To has not"`
	Removed  []Package  `json:"removed" doc:"What To has and the snapshot has not"`
}

// Pull makes a snapshot of one view with packages of another. Other versions of
// the same name and architecture give way, unless they are to be kept. That a name
// or glob chooses nothing at all is problem.NotFound; queries may find nothing.
func (s *Service) Pull(ctx context.Context, in PullSnapshot) (PullResult, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return PullResult{}, err
	}
	if len(in.Packages)+len(in.Queries) == 0 {
		return PullResult{}, problem.New(problem.Invalid, "nothing says which packages to pull").In("packages").WithHint("give names, globs or queries")
	}
	if in.DryRun {
		return usecase.View(ctx, s.k, func(tx *db.Tx) (PullResult, error) {
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
		made, err := s.makeSnapshot(ctx, tx, in.Name, in.Description, p.sources, func(c catalog.Collection) error {
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

// pull is what a pull came to.
type pull struct {
	sources       []Source
	before, after bitset.Set
}

func (s *Service) pulled(ctx context.Context, tx *db.Tx, p pull) (r PullResult, err error) {
	if r.Added, err = s.ShowSet(ctx, tx, p.after.Minus(p.before)); err != nil {
		return r, err
	}
	r.Removed, err = s.ShowSet(ctx, tx, p.before.Minus(p.after))
	return r, err
}

func (s *Service) pull(ctx context.Context, tx *db.Tx, in PullSnapshot) (p pull, err error) {
	if p.sources, err = s.Views(ctx, tx, "from", []string{in.To, in.From}); err != nil {
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

// taken gives what a pull takes.
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

// matchAny gives the members for which one of the queries holds and that are for
// one of the architectures.
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
	for _, name := range slices.Compact(slices.Sorted(slices.Values(architectures))) {
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
