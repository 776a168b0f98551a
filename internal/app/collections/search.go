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

// Search selects packages.
type Search struct {
	// Query is in the language of package query; empty: all.
	Query string
	// WithDependencies adds the dependencies of the found packages that the collection has, for
	// Architectures; empty: all of the collection. The other fields are as in [closure.Options].
	WithDependencies                          bool
	Architectures                             []string
	Recommends, Suggests, Source, AllVariants bool
	// Newest keeps only the highest version of each name and architecture.
	Newest bool
}

// queryTime bounds the evaluation of one query. It normally takes milliseconds, but a regular
// expression can be written to take very long.
const queryTime = 20 * time.Second

// Search calls give for each package that a search selects in a collection, or (nil) in all
// collections now: by name, version and architecture, each package once even if several components
// list it. With details, packages have their stanza and files. An error of give ends the search and
// is returned. No transaction is open during give.
func (s *Service) Search(ctx context.Context, ref *Ref, search Search, details bool, give func(Found) error) error {
	list, err := s.searched(ctx, ref, search)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(list, searchBatch) {
		found, err := s.foundList(ctx, part, details)
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

// SearchPage returns a page of the packages of [Service.Search]. Packages that come or go between
// two pages do not move the others.
func (s *Service) SearchPage(ctx context.Context, ref *Ref, search Search, details bool, p usecase.Page) (usecase.List[Found], error) {
	list, err := s.searched(ctx, ref, search)
	if err != nil {
		return usecase.List[Found]{}, err
	}
	if p.After != "" {
		last, err := catalog.ParseKey(p.After)
		if err != nil {
			return usecase.List[Found]{}, problem.New(problem.Invalid, "%q is not a place in this list", p.After).In("after").WithHint("send the next of the page before")
		}
		list = list[catalog.Behind(list, last):]
	}
	found, err := s.foundList(ctx, list[:min(len(list), p.Size()+1)], details)
	return usecase.PageOf(found, p.Size(), func(f Found) string { return f.Key }), err
}

// searched returns the packages that a search selects, each once.
func (s *Service) searched(ctx context.Context, ref *Ref, search Search) ([]catalog.Summary, error) {
	var refs []Ref
	if ref != nil {
		refs = []Ref{*ref}
	}
	return ReadStates(ctx, s, refs, func(tx *db.Tx) ([]catalog.Summary, error) {
		set, err := s.Members(ctx, tx, ref)
		if err != nil {
			return nil, err
		}
		if set, err = s.Select(ctx, tx, set, search); err != nil {
			return nil, err
		}
		if set, err = s.k.Catalog.Distinct(ctx, tx, set); err != nil {
			return nil, err
		}
		return s.k.Catalog.Summaries(ctx, tx, set)
	})
}

// searchBatch is the number of packages of a search whose details are in memory at once.
const searchBatch = 256

// foundList returns packages as callers see them, with their details if wanted.
func (s *Service) foundList(ctx context.Context, list []catalog.Summary, details bool) ([]Found, error) {
	found := make([]Found, len(list))
	var members bitset.Builder
	order := make(map[uint32]int, len(list))
	for i, p := range list {
		found[i], order[p.Member] = showFound(p), i
		members.Add(p.Member)
	}
	if !details {
		return found, nil
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) ([]Found, error) {
		whole, err := s.k.Catalog.Listings(ctx, tx, members.Set())
		for _, l := range whole {
			found[order[l.Member]].detail(l)
		}
		return found, err
	})
}

// Select returns the members of a set that a search selects.
func (s *Service) Select(ctx context.Context, tx *db.Tx, set bitset.Set, search Search) (bitset.Set, error) {
	found, err := s.Match(ctx, tx, set, search.Query)
	if err != nil {
		return bitset.Set{}, err
	}
	if search.WithDependencies && !found.IsEmpty() {
		architectures, err := s.architecturesOr(ctx, tx, search.Architectures, set)
		if err != nil {
			return bitset.Set{}, err
		}
		needs, err := s.k.Catalog.Needs(ctx, tx, set, found, closure.Options{
			Architectures: architectures, Recommends: search.Recommends, Suggests: search.Suggests, Source: search.Source, AllVariants: search.AllVariants,
		})
		if err != nil {
			return bitset.Set{}, err
		}
		found = found.Union(bitset.Of(needs.Needed...))
	}
	if search.Newest {
		return s.k.Catalog.Newest(ctx, tx, found)
	}
	return found, nil
}

// Match returns the packages of a set that match a query; an empty query matches all.
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

// CompileQuery parses a query. Errors are problem.Invalid.
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

// architecturesOr returns the named architectures; if there are none, those of the binary packages
// of a set, without all.
func (s *Service) architecturesOr(ctx context.Context, tx *db.Tx, named []string, set bitset.Set) ([]string, error) {
	if len(named) > 0 {
		return named, nil
	}
	list, err := s.k.Catalog.Architectures(ctx, tx, set)
	return slices.DeleteFunc(list, func(a string) bool { return a == "all" || a == "source" }), err
}

// FindPackage returns the package with a key, with its details. A key that no collection ever
// listed is problem.NotFound, text that is no key problem.Invalid.
func (s *Service) FindPackage(ctx context.Context, key string) (Found, error) {
	list, err := usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]catalog.Summary, error) {
		k, err := catalog.ParseKey(key)
		if err != nil {
			return nil, err
		}
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
