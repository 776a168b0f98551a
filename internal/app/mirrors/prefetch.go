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
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

const typePrefetch = "mirror.prefetch"

// Prefetch selects deferred files of a mirror to download before their first reader.
type Prefetch struct {
	Query            string `json:"query,omitempty" doc:"A package query; empty: all packages that the mirror lists now"`
	WithDependencies bool   `json:"with_dependencies,omitempty" doc:"Also their dependencies that the mirror has"`
	// Missing also selects the files that only past states and snapshots of the mirror list: the
	// upstream may soon delete them.
	Missing bool `json:"missing,omitempty" doc:"All files that are upstream, also of past states; not together with a query"`
}

func (p Prefetch) check() error {
	if p.Missing && (p.Query != "" || p.WithDependencies) {
		return problem.New(problem.Invalid, "missing and a query exclude each other").In("missing").WithHint("use only one of the two")
	}
	if p.Query == "" {
		return nil
	}
	_, err := collections.CompileQuery(p.Query)
	return err
}

// PrefetchResult is the result of a prefetch.
type PrefetchResult struct {
	Fetched int   `json:"fetched"` // files
	Bytes   int64 `json:"bytes"`
}

// prefetchPayload is the payload of a prefetch.
type prefetchPayload struct {
	Collection int64 `json:"collection"`
	Prefetch
}

// Prefetch starts an activity that downloads files that a mirror left upstream. Syncs and readers
// continue meanwhile.
func (s *Service) Prefetch(ctx context.Context, name string, in Prefetch) (usecase.Activity, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.prefetch", Subject: "mirror:" + name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		if err := in.check(); err != nil {
			return usecase.Activity{}, err
		}
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

// runPrefetch runs a prefetch.
func (s *Service) runPrefetch(ctx context.Context, run *activity.Run, in prefetchPayload) (PrefetchResult, error) {
	run.Progress(activity.Progress{Phase: "choose"})
	files, err := usecase.View(ctx, s.k, func(tx *db.Tx) (mirror.UpstreamFiles, error) { return s.chosenUpstream(ctx, tx, in) })
	if err != nil {
		return PrefetchResult{}, err
	}
	var result PrefetchResult
	result.Fetched, result.Bytes, err = s.Download(ctx, run, files)
	return result, err
}

// chosenUpstream returns the deferred files that a prefetch selects.
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
	found, err := s.collections.Select(ctx, tx, set, collections.Search{Query: in.Query, WithDependencies: in.WithDependencies, Architectures: architecturesOf(m)})
	if err != nil {
		return nil, err
	}
	if found.IsEmpty() && in.Query != "" {
		return nil, problem.New(problem.NotFound, "the mirror has no packages for %q", in.Query).In("query").WithHint("`aptarium search` tries a query")
	}
	return s.mirror.LeftUpstream(ctx, tx, found)
}

// architecturesOf returns the architectures of a mirror, without all and source.
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
