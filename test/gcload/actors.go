package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

// harsh is the retention of everything.
func harsh() collections.Retention { return collections.Retention{KeepAllDays: 1, Daily: 3, Weekly: 1} }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// actor does one thing once; it is called again and again.
type actor func(context.Context) error

// load lets all actors work at once for some time. The first error ends it.
func (h *house) load(ctx context.Context, length time.Duration) error {
	actors := []actor{h.reader(), h.reader(), h.latest(), h.uploads, h.snapshots, h.pins, h.publishes("debian", "stable"),
		h.publishes("frozen", "sid"), h.publishes("place:.", "stable"), h.directory, h.comesAndGoes, h.collects}
	for _, name := range []string{"one", "two"} {
		sync, end, err := h.syncs(ctx, name)
		if err != nil {
			return err
		}
		defer end()
		actors = append(actors, sync)
	}
	if err := h.furnish(); err != nil {
		return err
	}
	h.ready = h.now()
	until := time.Now().Add(length)
	group, ctx := errgroup.WithContext(ctx)
	for _, act := range actors {
		group.Go(func() error {
			for time.Now().Before(until) && ctx.Err() == nil {
				if err := act(ctx); err != nil {
					return err
				}
			}
			return context.Cause(ctx)
		})
	}
	return group.Wait()
}

// furnish makes what the actors work with.
func (h *house) furnish() error {
	if _, err := h.Repos.Create(h.ctx, repos.NewRepo{Name: "tools", Retention: harsh()}); err != nil {
		return err
	}
	if err := h.uploads(h.ctx); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(h.dir, "place"), 0o755); err != nil {
		return err
	}
	settings := publications.EndpointSettings{Kind: "filesystem", Directory: filepath.Join(h.dir, "place"), Link: "symbolic"}
	if _, err := h.Publications.CreateEndpoint(h.ctx, "place", settings); err != nil {
		return err
	}
	for _, p := range []publications.NewPublication{
		{Prefix: "debian", Distribution: "stable", Sources: []string{"mirror:one", "extra=repo:tools"}, Options: publications.PublishOptions{Patches: 2, Translations: true}},
		{Prefix: "frozen", Distribution: "sid", Sources: []string{"mirror:two"}},
		{Endpoint: "place", Prefix: ".", Distribution: "stable", Sources: []string{"mirror:one", "mirror:two"}},
	} {
		p.Retention = harsh()
		_, a, err := h.Publications.Create(h.ctx, p)
		if _, err := h.done(a, err); err != nil {
			return err
		}
	}
	return nil
}

// deb makes a package of which there are few, so that they come and go and come
// back.
func deb(family string, names, versions int) testkit.Package {
	name, version := fmt.Sprintf("%s-%d", family, rand.IntN(names)), fmt.Sprint(1+rand.IntN(versions))
	return testkit.Package{Name: name, Version: version, Architecture: "amd64", Description: "does " + name + "\n in its version " + version}
}

// syncs returns the actor that changes an upstream and syncs a mirror of it.
func (h *house) syncs(ctx context.Context, name string) (actor, func(), error) {
	key, err := testkit.NewKey(name)
	if err != nil {
		return nil, nil, err
	}
	dir := filepath.Join(h.dir, "upstream-"+name)
	suite := testkit.Suite{Codename: "stable", Keys: []*openpgp.SecretKey{key}, Date: time.Now().Add(-24 * time.Hour)}
	packages := map[string]testkit.Package{}
	change := func() error {
		for range 1 + rand.IntN(5) {
			p := deb("lib", 300, 6) // both upstreams have the same
			packages[p.Name] = p
			delete(packages, fmt.Sprintf("lib-%d", rand.IntN(300)))
		}
		packages["base"] = testkit.Package{Name: "base", Version: "1", Architecture: "amd64"}
		suite.Packages = slices.Collect(maps.Values(packages))
		suite.Date = suite.Date.Add(time.Second)
		return testkit.Archive{Suites: []testkit.Suite{suite}}.Write(ctx, dir)
	}
	for range 30 {
		if err := change(); err != nil {
			return nil, nil, err
		}
	}
	upstream := testkit.NewUpstream(dir)
	ring, err := key.Public().Armored()
	if err != nil {
		return nil, nil, err
	}
	config := mirrors.Config{URL: upstream.URL(), Suite: "stable", Keyring: string(ring), ShrinkGuard: 100}
	if _, err := h.Mirrors.Create(h.ctx, mirrors.NewMirror{Name: name, Config: config, Retention: harsh()}); err != nil {
		return nil, nil, err
	}
	act := func(context.Context) error {
		if err := change(); err != nil {
			return err
		}
		_, err := h.done(h.Mirrors.Sync(h.ctx, name, mirrors.SyncOptions{}))
		h.did("syncs")
		return err
	}
	return act, upstream.Close, act(ctx)
}

// uploads adds packages to the repo, or takes some out.
func (h *house) uploads(context.Context) error {
	if rand.IntN(3) == 0 {
		_, err := h.Repos.RemovePackages(h.ctx, "tools", collections.Terms{Name: fmt.Sprintf("tool-%d*", rand.IntN(4))})
		h.did("removals")
		return err
	}
	var files []repos.Upload
	seen := map[string]bool{}
	for range 1 + rand.IntN(4) {
		p := deb("tool", 30, 5)
		data, err := p.Deb()
		if err != nil {
			return err
		}
		if !seen[p.FileName()] {
			files = append(files, repos.Upload{Name: p.FileName(), Body: bytes.NewReader(data)})
			seen[p.FileName()] = true
		}
	}
	_, err := h.Repos.AddFiles(h.ctx, "tools", each(files), repos.AddOptions{})
	h.did("uploads")
	return err
}

func each(files []repos.Upload) iter.Seq2[repos.Upload, error] {
	return func(yield func(repos.Upload, error) bool) {
		for _, f := range files {
			if !yield(f, nil) {
				return
			}
		}
	}
}

// thinned reports whether an error states that a past state is not kept: the only
// acceptable error.
func thinned(err error) bool {
	p, is := errors.AsType[*problem.Problem](err)
	return is && p.Kind == problem.NotFound && bytes.Contains([]byte(p.Error()), []byte("not kept any more"))
}

// snapshots makes snapshots, of now and of the past, and drops others.
func (h *house) snapshots(context.Context) error {
	name := fmt.Sprintf("s%d", rand.IntN(12))
	err := h.Collections.Drop(h.ctx, collections.Snapshot, name)
	switch {
	case err == nil:
		h.did("snapshots dropped")
		return nil
	case problem.Is(err, problem.Conflict): // it is published
		return nil
	case !problem.Is(err, problem.NotFound):
		return err
	}
	from := []string{"mirror:one", "mirror:two", "repo:tools"}[rand.IntN(3)]
	if at := h.pastTime(48 * time.Hour); rand.IntN(2) == 0 && !at.IsZero() {
		from += "@" + at.Format(instant)
	}
	list := []string{from}
	if rand.IntN(3) == 0 {
		list = append(list, "mirror:two")
	}
	_, err = h.Collections.CreateSnapshot(h.ctx, collections.NewSnapshot{Name: name, From: list})
	if thinned(err) {
		h.did("snapshots of times that are not kept")
		return nil
	}
	h.did("snapshots")
	return err
}

// publishes returns the actor that makes the next release of a publication, now and
// then of other sources.
func (h *house) publishes(prefix, distribution string) actor {
	return func(context.Context) error {
		var edit publications.PublicationEdit
		if prefix == "frozen" && rand.IntN(3) == 0 {
			sources := []string{[]string{"mirror:two", "mirror:one", fmt.Sprintf("snapshot:s%d", rand.IntN(12))}[rand.IntN(3)]}
			edit.Sources = &sources
		}
		edit.Rebuild = rand.IntN(20) == 0
		a, err := h.Publications.Update(h.ctx, prefix, distribution, edit)
		if problem.Is(err, problem.NotFound) && edit.Sources != nil { // the snapshot is not there
			return nil
		}
		_, err = h.done(a, err)
		h.did("publishes")
		return err
	}
}

// comesAndGoes makes a publication of the same packages as another, and drops it.
func (h *house) comesAndGoes(context.Context) error {
	_, a, err := h.Publications.Create(h.ctx, publications.NewPublication{
		Prefix: "passing", Distribution: "stable", Sources: []string{"mirror:one"}, Retention: harsh(),
	})
	if _, err := h.done(a, err); err != nil {
		return err
	}
	time.Sleep(time.Duration(rand.IntN(int(3 * time.Second))))
	h.did("publications that came and went")
	return h.Publications.Drop(h.ctx, "passing", "stable")
}

// pins pins releases and ends that for others.
func (h *house) pins(context.Context) error {
	time.Sleep(300 * time.Millisecond)
	log, err := h.Publications.Releases(h.ctx, "debian", "stable", usecase.Page{Limit: 500})
	if err != nil || len(log.Items) == 0 {
		return err
	}
	pinned := 0
	for _, r := range log.Items {
		if r.Pinned {
			pinned++
		}
	}
	r := log.Items[rand.IntN(len(log.Items))]
	_, err = h.Publications.Pin(h.ctx, "debian", "stable", fmt.Sprint(r.Number), !r.Pinned && pinned < 4)
	if problem.Is(err, problem.NotFound) { // it went this moment
		return nil
	}
	h.did("pins")
	return err
}

// collects collects garbage.
func (h *house) collects(context.Context) error {
	_, err := h.collect()
	return err
}
