package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
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
func (a *App) Search(ctx context.Context, ref *Ref, s Search, details bool, give func(Found) error) error {
	if err := access.Require(ctx, access.Read); err != nil {
		return err
	}
	list, err := a.searched(ctx, ref, s)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(list, searchBatch) {
		found, err := a.foundList(ctx, part, details)
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
func (a *App) SearchPage(ctx context.Context, ref *Ref, s Search, details bool, p Page) (List[Found], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return List[Found]{}, err
	}
	list, err := a.searched(ctx, ref, s)
	if err != nil {
		return List[Found]{}, err
	}
	if p.After != "" {
		last, err := catalog.ParseKey(p.After)
		if err != nil {
			return List[Found]{}, problem.New(problem.Invalid, "%q is not a place in this list", p.After).In("after").WithHint("give what next said")
		}
		list = list[catalog.Behind(list, last):]
	}
	found, err := a.foundList(ctx, list[:min(len(list), p.limit()+1)], details)
	return pageOf(found, p.limit(), func(f Found) string { return f.Key }), err
}

// searched gives what a search finds, each package once.
func (a *App) searched(ctx context.Context, ref *Ref, s Search) ([]catalog.Summary, error) {
	if ref != nil {
		if err := a.settle(ctx, *ref); err != nil {
			return nil, err
		}
	}
	return read(ctx, a, func(tx *db.Tx) ([]catalog.Summary, error) {
		set, err := a.setOf(ctx, tx, ref)
		if err != nil {
			return nil, err
		}
		if set, err = a.search(ctx, tx, set, s); err != nil {
			return nil, err
		}
		if set, err = a.catalog.Distinct(ctx, tx, set); err != nil {
			return nil, err
		}
		return a.catalog.Summaries(ctx, tx, set)
	})
}

// searchBatch is how many packages of a search are held whole in memory.
const searchBatch = 256

// foundList shows packages, whole if asked.
func (a *App) foundList(ctx context.Context, list []catalog.Summary, details bool) ([]Found, error) {
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
	return read(ctx, a, func(tx *db.Tx) ([]Found, error) {
		whole, err := a.catalog.Listings(ctx, tx, members.Set())
		for _, l := range whole {
			found[order[l.Member]].detail(l)
		}
		return found, err
	})
}

// search chooses members of a set.
func (a *App) search(ctx context.Context, tx *db.Tx, set bitset.Set, s Search) (bitset.Set, error) {
	found, err := a.match(ctx, tx, set, s.Query)
	if err != nil {
		return bitset.Set{}, err
	}
	if s.WithDependencies && !found.IsEmpty() {
		architectures, err := a.architecturesOr(ctx, tx, s.Architectures, set)
		if err != nil {
			return bitset.Set{}, err
		}
		needs, err := a.catalog.Needs(ctx, tx, set, found, closure.Options{
			Architectures: architectures, Recommends: s.Recommends, Suggests: s.Suggests, Source: s.Source, AllVariants: s.AllVariants,
		})
		if err != nil {
			return bitset.Set{}, err
		}
		found = found.Union(bitset.Of(needs.Needed...))
	}
	if s.Newest {
		return a.catalog.Newest(ctx, tx, found)
	}
	return found, nil
}

// match chooses the members of a set for which a query holds.
func (a *App) match(ctx context.Context, tx *db.Tx, set bitset.Set, text string) (bitset.Set, error) {
	if strings.TrimSpace(text) == "" {
		return a.catalog.PackagesOf(ctx, tx, set)
	}
	plan, err := compileQuery(text)
	if err != nil {
		return bitset.Set{}, err
	}
	return a.matchPlan(ctx, tx, set, plan)
}

func compileQuery(text string) (*query.Plan, error) {
	q, err := query.Parse(text)
	if err != nil {
		return nil, err
	}
	return query.Compile(q)
}

func (a *App) matchPlan(ctx context.Context, tx *db.Tx, set bitset.Set, plan *query.Plan) (bitset.Set, error) {
	within, done := context.WithTimeoutCause(ctx, queryTime, problem.New(problem.TooLarge, "the query takes more than %s", queryTime).In("q").
		WithHint("ask for names instead of regular expressions, or in a smaller collection"))
	defer done()
	return a.catalog.Match(ctx, within, tx, set, plan)
}

// architecturesOr gives the architectures named, or those of a set: of its binary
// packages that are not for all.
func (a *App) architecturesOr(ctx context.Context, tx *db.Tx, named []string, set bitset.Set) ([]string, error) {
	if len(named) > 0 {
		return named, nil
	}
	list, err := a.catalog.Architectures(ctx, tx, set)
	return slices.DeleteFunc(list, func(a string) bool { return a == "all" || a == "source" }), err
}

// FindPackage gives a package by its key, with all that is known of it. One that
// no collection ever listed, or a text that is no key, is problem.NotFound or
// problem.Invalid.
func (a *App) FindPackage(ctx context.Context, key string) (Found, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Found{}, err
	}
	k, err := catalog.ParseKey(key)
	if err != nil {
		return Found{}, err
	}
	list, err := read(ctx, a, func(tx *db.Tx) ([]catalog.Summary, error) {
		sets, err := a.catalog.ByKeys(ctx, tx, "key", []catalog.PackageKey{k})
		if err != nil {
			return nil, err
		}
		return a.catalog.Summaries(ctx, tx, sets[0])
	})
	if err != nil {
		return Found{}, err
	}
	found, err := a.foundList(ctx, list[len(list)-1:], true) // the newest listing
	if err != nil {
		return Found{}, err
	}
	return found[0], nil
}
