package collections

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/closure"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/query"
)

// Search tells which packages are looked for.
type Search struct {
	// Query is in the language of package query; empty: all.
	Query string
	// WithDependencies adds what the found packages depend on, as far as it is
	// there too: for Architectures, or all that there are when none is named.
	// Recommends, Suggests, Source and AllVariants are as in [closure.Options].
	WithDependencies                          bool
	Architectures                             []string
	Recommends, Suggests, Source, AllVariants bool
	// Newest leaves out a package of which a higher version of the same name and
	// architecture was found.
	Newest bool
}

// queryTime bounds how long one query may be evaluated. What is honest takes
// milliseconds; regular expressions can be made to take long.
const queryTime = 20 * time.Second

// Search gives the packages of a collection, or (nil) of all collections as they
// are now, that a search finds: in the order of their names, versions and
// architectures, each once, however many components list it. With details, they
// have their control text and files. An error of give ends the search. No
// transaction is open while give is at work.
func (svc *Service) Search(ctx context.Context, ref *Ref, s Search, details bool, give func(Found) error) error {
	if err := access.Require(ctx, access.Read); err != nil {
		return err
	}
	list, err := svc.searched(ctx, ref, s)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(list, searchBatch) {
		found, err := svc.foundList(ctx, part, details)
		if err != nil {
			return err
		}
		for _, f := range found {
			if err := give(f); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// SearchPage is a page of what Search gives. A package that comes or goes between
// two pages is on one of them or on none; the others are not moved by it.
func (svc *Service) SearchPage(ctx context.Context, ref *Ref, s Search, details bool, p usecase.Page) (usecase.List[Found], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.List[Found]{}, err
	}
	list, err := svc.searched(ctx, ref, s)
	if err != nil {
		return usecase.List[Found]{}, err
	}
	if p.After != "" {
		last, err := catalog.ParseKey(p.After)
		if err != nil {
			return usecase.List[Found]{}, problem.New(problem.Invalid, "%q is not a place in this list", p.After).In("after").WithHint("give what next said")
		}
		list = list[catalog.Behind(list, last):]
	}
	found, err := svc.foundList(ctx, list[:min(len(list), p.Size()+1)], details)
	return usecase.PageOf(found, p.Size(), func(f Found) string { return f.Key }), err
}

// searched gives what a search finds, each package once.
func (svc *Service) searched(ctx context.Context, ref *Ref, s Search) ([]catalog.Summary, error) {
	if ref != nil {
		if err := svc.Settle(ctx, *ref); err != nil {
			return nil, err
		}
	}
	return usecase.View(ctx, svc.k, func(tx *db.Tx) ([]catalog.Summary, error) {
		set, err := svc.SetOf(ctx, tx, ref)
		if err != nil {
			return nil, err
		}
		if set, err = svc.SearchIn(ctx, tx, set, s); err != nil {
			return nil, err
		}
		if set, err = svc.k.Catalog.Distinct(ctx, tx, set); err != nil {
			return nil, err
		}
		return svc.k.Catalog.Summaries(ctx, tx, set)
	})
}

// searchBatch is how many packages of a search are held whole in memory.
const searchBatch = 256

// foundList shows packages, whole if asked.
func (svc *Service) foundList(ctx context.Context, list []catalog.Summary, details bool) ([]Found, error) {
	found := make([]Found, len(list))
	var members bitset.Builder
	order := make(map[uint32]int, len(list))
	for i, s := range list {
		found[i], order[s.Member] = showFound(s), i
		members.Add(s.Member)
	}
	if !details {
		return found, nil
	}
	return usecase.View(ctx, svc.k, func(tx *db.Tx) ([]Found, error) {
		whole, err := svc.k.Catalog.Listings(ctx, tx, members.Set())
		for _, l := range whole {
			found[order[l.Member]].detail(l)
		}
		return found, err
	})
}

// search chooses members of a set.
func (svc *Service) SearchIn(ctx context.Context, tx *db.Tx, set bitset.Set, s Search) (bitset.Set, error) {
	found, err := svc.Match(ctx, tx, set, s.Query)
	if err != nil {
		return bitset.Set{}, err
	}
	if s.WithDependencies && !found.IsEmpty() {
		architectures, err := svc.architecturesOr(ctx, tx, s.Architectures, set)
		if err != nil {
			return bitset.Set{}, err
		}
		needs, err := svc.k.Catalog.Needs(ctx, tx, set, found, closure.Options{
			Architectures: architectures, Recommends: s.Recommends, Suggests: s.Suggests, Source: s.Source, AllVariants: s.AllVariants,
		})
		if err != nil {
			return bitset.Set{}, err
		}
		found = found.Union(bitset.Of(needs.Needed...))
	}
	if s.Newest {
		return svc.k.Catalog.Newest(ctx, tx, found)
	}
	return found, nil
}

// match chooses the members of a set for which a query holds.
func (s *Service) Match(ctx context.Context, tx *db.Tx, set bitset.Set, text string) (bitset.Set, error) {
	if strings.TrimSpace(text) == "" {
		return s.k.Catalog.PackagesOf(ctx, tx, set)
	}
	plan, err := CompileQuery(text)
	if err != nil {
		return bitset.Set{}, err
	}
	return s.matchPlan(ctx, tx, set, plan)
}

func CompileQuery(text string) (*query.Plan, error) {
	q, err := query.Parse(text)
	if err != nil {
		return nil, err
	}
	return query.Compile(q)
}

func (s *Service) matchPlan(ctx context.Context, tx *db.Tx, set bitset.Set, plan *query.Plan) (bitset.Set, error) {
	within, done := context.WithTimeoutCause(ctx, queryTime, problem.New(problem.TooLarge, "the query takes more than %s", queryTime).In("q").
		WithHint("ask for names instead of regular expressions, or in a smaller collection"))
	defer done()
	return s.k.Catalog.Match(ctx, within, tx, set, plan)
}

// architecturesOr gives the architectures named, or those of a set: of its binary
// packages that are not for all.
func (s *Service) architecturesOr(ctx context.Context, tx *db.Tx, named []string, set bitset.Set) ([]string, error) {
	if len(named) > 0 {
		return named, nil
	}
	list, err := s.k.Catalog.Architectures(ctx, tx, set)
	return slices.DeleteFunc(list, func(a string) bool { return a == "all" || a == "source" }), err
}

// FindPackage gives a package by its key, with all that is known of it. One that
// no collection ever listed, or a text that is no key, is problem.NotFound or
// problem.Invalid.
func (s *Service) FindPackage(ctx context.Context, key string) (Found, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Found{}, err
	}
	k, err := catalog.ParseKey(key)
	if err != nil {
		return Found{}, err
	}
	list, err := usecase.View(ctx, s.k, func(tx *db.Tx) ([]catalog.Summary, error) {
		sets, err := s.k.Catalog.ByKeys(ctx, tx, "key", []catalog.PackageKey{k})
		if err != nil {
			return nil, err
		}
		return s.k.Catalog.Summaries(ctx, tx, sets[0])
	})
	if err != nil {
		return Found{}, err
	}
	found, err := s.foundList(ctx, list[len(list)-1:], true) // the newest listing
	if err != nil {
		return Found{}, err
	}
	return found[0], nil
}
