package crash

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// step is a part of the scenario that a process acknowledges when it is done.
// Each may be done again when that did not come.
type step struct {
	name string // as the points name it
	do   func(*session) error
	// later steps make up for it, if nobody repeats it
	optional bool
}

// scenario is what every round goes through: a mirror and a repo that change,
// published by the program itself and, as two distributions that share a pool,
// in a directory; pockets that follow the same upstream, and each other, and an upload
// pocket; times at which the grace of what earlier releases left is over; the end of one publication;
// and garbage of all that, collected in between.
func scenario() []step {
	return []step{
		{"create", createCollections, false},
		{"pockets", createPockets, false},
		{"pockets", createUploads, false},
		syncState(0),
		addPackages("tool", 3, "1"),
		{"publish", func(s *session) error { return s.publish("debian", "stable") }, false},
		{"deploy", func(s *session) error { return s.publish("www:debian", "stable") }, false},
		{"deploy", func(s *session) error { return s.publish("www:debian", "testing") }, false},
		syncPocket(),
		pullPocket(),
		sendFile("1"),
		sendChanges("1"),
		sendFile("2"),
		syncState(1),
		addPackages("more", 2, "1"),
		update("publish", "debian", "stable"),
		update("deploy", "www:debian", "stable"),
		{"remove", removePackages, true},
		update("deploy", "www:debian", "stable"),
		update("deploy", "www:debian", "testing"),
		syncState(2),
		syncPocket(),
		collect(),
		sendChanges("2"),
		pullPocket(),
		update("deploy", "www:debian", "stable"),
		addPackages("tool", 3, "2"),
		update("deploy", "www:debian", "stable"),
		update("deploy", "www:debian", "testing"),
		wait(2),
		addPackages("last", 1, "1"),
		update("clean up", "www:debian", "stable"),
		update("clean up", "www:debian", "testing"),
		collect(),
		{dropStep, dropTesting, false},
		wait(4),
		addPackages("last", 1, "2"),
		syncPocket(),
		pullPocket(),
		sendFile("3"),
		sendChanges("3"),
		last(update("clean up", "www:debian", "stable")),
		last(update("publish", "debian", "stable")),
		collect(),
	}
}

// last is a step that no later one makes up for.
func last(s step) step {
	s.optional = false
	return s
}

// little is what is kept of the past of everything.
func little() collections.Retention { return collections.Retention{Daily: 1} }

// collect drops what is not kept, and all that only that had.
func collect() step {
	return step{"gc", func(s *session) error { return s.done(s.Garbage.Collect(s.ctx, garbage.GC{})) }, true}
}

// dropStep is the step that ends a publication.
const dropStep = "withdraw"

// createCollections makes what the other steps fill.
func createCollections(s *session) error {
	if err := s.world.switchTo(0); err != nil {
		return err
	}
	_, err := s.Mirrors.Create(s.ctx, mirrors.NewMirror{Name: "stable", Config: mirrors.Config{
		URL: s.world.URL, Suite: "stable", Keyring: s.world.Material.Keyring, ShrinkGuard: 100, AcceptExpired: true,
	}, Retention: little()})
	if err = s.made(err); err != nil {
		return err
	}
	_, err = s.Repos.Create(s.ctx, repos.NewRepo{Name: "tools", Retention: little()})
	if err = s.made(err); err != nil {
		return err
	}
	v := s.world.variant()
	_, err = s.Publications.CreateEndpoint(s.ctx, "www", publications.EndpointSettings{Kind: "filesystem", Directory: s.world.www(), Link: v.link, Plain: v.plain})
	return s.made(err)
}

// made takes for good that something exists already when a step is done again.
func (s *session) made(err error) error {
	if s.again && problem.Is(err, problem.Conflict) {
		return nil
	}
	return err
}

// syncState has the upstream change and the mirror follow it.
func syncState(state int) step {
	return step{"sync", func(s *session) error {
		if err := s.world.switchTo(state); err != nil {
			return err
		}
		return s.done(s.Mirrors.Sync(s.ctx, "stable", mirrors.SyncOptions{}))
	}, true}
}

// addPackages adds packages of a version to the repo.
func addPackages(name string, count int, version string) step {
	return step{"add", func(s *session) error {
		_, err := s.Repos.AddFiles(s.ctx, "tools", func(yield func(repos.Upload, error) bool) {
			for i := range count {
				p := example(fmt.Sprintf("%s%d", name, i), version, "amd64")
				data, err := p.Deb()
				if !yield(repos.Upload{Name: p.FileName(), Body: bytes.NewReader(data)}, err) {
					return
				}
			}
		}, repos.AddOptions{})
		return err
	}, true}
}

// removePackages removes some of the added packages.
func removePackages(s *session) error {
	_, err := s.Repos.RemovePackages(s.ctx, "tools", collections.Terms{Name: "more*"})
	if s.again && problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}

// sources feed every publication.
var sources = []string{"main=mirror:stable", "tools=repo:tools"}

// publish makes a publication and its first release.
func (s *session) publish(prefix, distribution string) error {
	endpoint, rest, named := strings.Cut(prefix, ":")
	if !named {
		endpoint, rest = "", prefix
	}
	_, x, err := s.Publications.Create(s.ctx, publications.NewPublication{
		Endpoint: endpoint, Prefix: rest, Distribution: distribution, Sources: sources, Options: s.world.variant().options,
		Retention: little(),
	})
	if s.again && problem.Is(err, problem.Conflict) {
		return s.done(s.Publications.Update(s.ctx, prefix, distribution, publications.PublicationEdit{}))
	}
	return s.done(x, err)
}

// update makes the next release of a publication.
func update(name, prefix, distribution string) step {
	return step{name, func(s *session) error {
		return s.done(s.Publications.Update(s.ctx, prefix, distribution, publications.PublicationEdit{}))
	}, true}
}

// wait lets the grace pass of all that was left so far.
func wait(hours int64) step {
	return step{"wait", func(s *session) error { return s.forward(hours) }, false}
}

// dropTesting ends a publication and waits until the directory has lost it.
func dropTesting(s *session) error {
	err := s.Publications.Drop(s.ctx, "www:debian", "testing")
	if err != nil && !(s.again && problem.Is(err, problem.NotFound)) {
		return err
	}
	return s.settle()
}

// facts are the results that acknowledged steps must have left, by their subject.
type facts map[string]string

// noRelease is what a publication has before its first release is there.
const noRelease = "no release"

// facts returns the packages of all collections, and the sources of the newest
// release of each publication.
func (s *session) facts() (facts, error) {
	f := facts{}
	for _, ref := range []string{"mirror:stable", "repo:tools", "mirror:" + mirrored.Collection(), "repo:" + pulled.Collection(), "repo:" + uploaded.Collection()} {
		names, err := s.listed(ref)
		if err != nil {
			return nil, err
		}
		f[ref] = strings.Join(names, ", ")
	}
	list, err := s.Publications.List(s.ctx, usecase.Page{})
	if err != nil {
		return nil, err
	}
	for _, p := range list.Items {
		log, err := s.Publications.Releases(s.ctx, p.Place(), p.Distribution, usecase.Page{Limit: 1})
		if err != nil {
			return nil, err
		}
		what := p.Place() + " " + p.Distribution
		f[what] = noRelease
		if len(log.Items) > 0 {
			f[what] = strings.Join(log.Items[0].Sources, ", ")
		}
	}
	return f, nil
}

// listed names the packages of a collection, as "name version"; none where
// there is no such collection.
func (s *session) listed(name string) ([]string, error) {
	ref, err := collections.ParseRef("", name)
	if err != nil {
		return nil, err
	}
	list, err := s.Collections.Packages(s.ctx, ref, collections.Terms{}, usecase.Page{Limit: 500})
	if problem.Is(err, problem.NotFound) {
		return nil, nil
	}
	var names []string
	for _, p := range list.Items {
		names = append(names, p.Name+" "+p.Version)
	}
	slices.Sort(names)
	return names, err
}

// between wants everything to be as it was before a step, or as after it.
func (f facts) between(before, after facts) error {
	var errs []error
	about := map[string]bool{}
	for _, m := range []facts{f, before, after} {
		for what := range m {
			about[what] = true
		}
	}
	for what := range about {
		if f[what] != before[what] && f[what] != after[what] && (f[what] != noRelease || before[what] != "") {
			errs = append(errs, fmt.Errorf("%s is %q: neither %q, which was acknowledged, nor %q", what, f[what], before[what], after[what]))
		}
	}
	return errors.Join(errs...)
}
