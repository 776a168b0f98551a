package mirrors

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

const typePrefetch = "mirror.prefetch"

// Prefetch tells which files of a mirror are fetched before anybody asks for
// them.
type Prefetch struct {
	// Query chooses among the packages that the mirror lists now; empty: all.
	Query string `json:"query,omitempty" doc:"A package query; empty: all that the mirror lists now"`
	// WithDependencies adds what they depend on, as far as the mirror has it.
	WithDependencies bool `json:"with_dependencies,omitempty" doc:"And what they depend on, as far as the mirror has it"`
	// Missing takes every file that is upstream in place of a query: those too
	// that only past states and snapshots of the mirror list, which the upstream
	// may soon have no more.
	Missing bool `json:"missing,omitempty" doc:"All that is upstream, of past states too; not together with a query"`
}

func (p Prefetch) check() error {
	if p.Missing && (p.Query != "" || p.WithDependencies) {
		return problem.New(problem.Invalid, "all that is missing cannot be narrowed by a query").In("missing").WithHint("leave out one of them")
	}
	if p.Query == "" {
		return nil
	}
	_, err := collections.CompileQuery(p.Query)
	return err
}

// PrefetchResult is what a prefetch did.
type PrefetchResult struct {
	Fetched int   `json:"fetched"` // files
	Bytes   int64 `json:"bytes"`
}

// prefetchPayload is what a prefetch is about.
type prefetchPayload struct {
	Collection int64 `json:"collection"`
	Prefetch
}

// PrefetchMirror starts to fetch files that a mirror left upstream. Syncs and
// readers go on meanwhile.
func (s *Service) Prefetch(ctx context.Context, name string, in Prefetch) (usecase.Activity, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return usecase.Activity{}, err
	}
	if err := in.check(); err != nil {
		return usecase.Activity{}, err
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.prefetch", Subject: "mirror:" + name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		m, err := s.mirror.Get(ctx, tx, name)
		if err != nil {
			return usecase.Activity{}, err
		}
		return s.k.Submit(ctx, tx, activity.Spec{
			Type: typePrefetch, Subject: m.Collection.Ref(), Payload: prefetchPayload{m.Collection.ID, in},
			UniqueKey:   fmt.Sprintf("%s %d %s", typePrefetch, m.Collection.ID, digest.Of(fmt.Appendf(nil, "%+v", in))),
			MaxAttempts: 3,
		})
	})
}

// runPrefetch is the activity of a prefetch.
func (s *Service) runPrefetch(ctx context.Context, run *activity.Run, in prefetchPayload) (PrefetchResult, error) {
	run.Progress(activity.Progress{Phase: "choose"})
	files, err := usecase.View(ctx, s.k, func(tx *db.Tx) (mirror.UpstreamFiles, error) { return s.chosenUpstream(ctx, tx, in) })
	if err != nil {
		return PrefetchResult{}, err
	}
	var result PrefetchResult
	result.Fetched, result.Bytes, err = s.BringHere(ctx, run, files)
	return result, err
}

// chosenUpstream gives the files that a prefetch is to fetch.
func (s *Service) chosenUpstream(ctx context.Context, tx *db.Tx, in prefetchPayload) (mirror.UpstreamFiles, error) {
	m, err := s.mirror.Kept(ctx, tx, in.Collection)
	if err != nil {
		return nil, err
	}
	if in.Missing {
		return s.allUpstream(ctx, tx, in.Collection)
	}
	set, err := s.k.Catalog.Set(ctx, tx, m.Collection.View())
	if err != nil {
		return nil, err
	}
	found, err := s.collections.SearchIn(ctx, tx, set, collections.Search{Query: in.Query, WithDependencies: in.WithDependencies, Architectures: architecturesOf(m)})
	if err != nil {
		return nil, err
	}
	if found.IsEmpty() && in.Query != "" {
		return nil, problem.New(problem.NotFound, "the mirror lists nothing that %q finds", in.Query).In("query").WithHint("`aptarium search` tries a query")
	}
	return s.mirror.LeftUpstream(ctx, tx, found)
}

// architecturesOf gives the architectures that a mirror is for.
func architecturesOf(m mirror.Mirror) []string {
	list := m.Config.Architectures
	if len(list) == 0 {
		list = strings.Fields(m.State.Meta["Architectures"])
	}
	return slices.DeleteFunc(slices.Clone(list), func(a string) bool { return a == "all" || a == "source" })
}

func (s *Service) allUpstream(ctx context.Context, tx *db.Tx, collection int64) (mirror.UpstreamFiles, error) {
	files := mirror.UpstreamFiles{}
	for d, err := range s.mirror.DeferredFiles(ctx, tx, collection) {
		if err != nil {
			return nil, err
		}
		files[d.SHA256] = d.Size
	}
	return files, nil
}

// UpstreamFile is a file that a mirror lists and that is not here yet.
type UpstreamFile struct {
	Path   string `json:"path" doc:"Below the upstream's root"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Listed bool   `json:"listed" doc:"By the mirror as it is now; else by past states of it alone"`
}

// UpstreamFiles lists what a mirror left upstream and nobody asked for yet, by
// path.
func (s *Service) UpstreamFiles(ctx context.Context, name string, p usecase.Page) (usecase.List[UpstreamFile], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.List[UpstreamFile]{}, err
	}
	path, sum, err := upstreamPlace(p.After)
	if err != nil {
		return usecase.List[UpstreamFile]{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[UpstreamFile], error) {
		c, err := s.k.Catalog.ByName(ctx, tx, catalog.Mirror, name)
		if err != nil {
			return usecase.List[UpstreamFile]{}, err
		}
		found, err := s.mirror.DeferredBy(ctx, tx, c.ID, path, sum, p.Size()+1)
		items := make([]UpstreamFile, len(found))
		for i, d := range found {
			items[i] = showUpstream(d)
		}
		return usecase.PageOf(items, p.Size(), func(f UpstreamFile) string { return f.SHA256 + " " + f.Path }), err
	})
}

func showUpstream(d mirror.Deferred) UpstreamFile {
	return UpstreamFile{Path: d.Path, Size: d.Size, SHA256: d.SHA256.String(), Listed: d.Listed}
}

// upstreamPlace takes apart where a page begins: behind a digest and its path.
func upstreamPlace(after string) (path string, sum digest.SHA256, err error) {
	if after == "" {
		return "", sum, nil
	}
	const hex = 2 * len(digest.SHA256{})
	if len(after) > hex && after[hex] == ' ' {
		if sum, err = digest.Parse(after[:hex]); err == nil {
			return after[hex+1:], sum, nil
		}
	}
	return "", sum, problem.New(problem.Invalid, "%.100q is not a place in this list", after).In("after").WithHint("give what next said")
}
