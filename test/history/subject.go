package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/server"
	"github.com/aptarium/aptarium/internal/testkit"
)

// The names of the things that are measured.
const (
	mirrorName   = "suite"
	prefix       = "debian"
	distribution = "stable"
)

// subject is an Aptarium with a mirrored suite.
type subject struct {
	settings settings
	dir      string
	server   *server.Server
	app      *app.App
	catalog  *catalog.Store // separate, because the application's store caches collections
	suite    catalog.Collection
	members  []uint32 // of the suite as it is now, in no order
	changes  int      // that were made
}

// openSubject mirrors an archive into a data folder.
func openSubject(ctx context.Context, dir string, options settings) (*subject, error) {
	big, err := testkit.BigArchive(ctx, options.packages)
	if err != nil {
		return nil, err
	}
	upstream := testkit.NewUpstream(big.Dir)
	defer upstream.Close()
	s := &subject{settings: options, dir: dir}
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	keys, err := big.Key.Public().Armored()
	if err != nil {
		return s, err
	}
	config := mirrors.Config{URL: upstream.URL(), Suite: big.Codename, Keyring: string(keys)}
	if _, err := s.app.Mirrors.Create(ctx, mirrors.NewMirror{Name: mirrorName, Config: config}); err != nil {
		return s, err
	}
	if err := s.done(s.app.Mirrors.Sync(ctx, mirrorName, mirrors.SyncOptions{})); err != nil {
		return s, err
	}
	return s, s.server.Parts().DB.Read(ctx, func(tx *db.Tx) error {
		if s.suite, err = s.catalog.ByName(ctx, tx, catalog.Mirror, mirrorName); err != nil {
			return err
		}
		set, err := s.catalog.Set(ctx, tx, s.suite.View())
		s.members = slices.Collect(set.All())
		return err
	})
}

// open starts the program on the data folder, with nothing in memory.
func (s *subject) open(ctx context.Context) (err error) {
	c := server.Defaults()
	c.Data = s.dir
	if s.server, err = server.OpenWith(ctx, c, slog.New(slog.DiscardHandler), server.Seams{Volatile: s.settings.volatile}); err != nil {
		return err
	}
	s.app, s.catalog = s.server.App(), catalog.New()
	return s.server.Start(ctx)
}

// reopen forgets what is in memory.
func (s *subject) reopen(ctx context.Context) error {
	if err := s.server.Close(); err != nil {
		return err
	}
	return s.open(ctx)
}

// done waits for an activity that must succeed.
func (s *subject) done(a usecase.Activity, err error) error {
	if err != nil {
		return err
	}
	ended, err := s.server.Parts().Engine.Wait(context.Background(), a.ID)
	if err == nil && ended.Status != activity.Done {
		err = fmt.Errorf("%s ended as %s: %+v", ended.Type, ended.Status, ended.Error)
	}
	return err
}

// change adds a new version of one package, as one revision of the suite that an
// activity commits, with an entry in the log of what people did.
func (s *subject) change(ctx context.Context) error {
	const stride = 7_919 // a prime, so that the changes are all over the suite
	at := s.changes * stride % len(s.members)
	s.changes++
	result := struct {
		Revision int64 `json:"revision"`
		Added    int   `json:"added"`
		Removed  int   `json:"removed"`
	}{0, 1, 1}
	var fresh uint32
	spec := activity.Spec{Type: "history", Subject: s.suite.Ref(), Payload: map[string]int64{"collection": s.suite.ID}, Locks: []activity.Lock{{Resource: s.suite.Ref()}}}
	_, err := s.server.Parts().Engine.Run(ctx, spec, func(ctx context.Context, run *activity.Run) (any, error) {
		return nil, run.Commit(ctx, &result, func(tx *db.Tx) error {
			old, err := s.catalog.Listings(ctx, tx, bitset.Of(s.members[at]))
			if err != nil {
				return err
			}
			added, err := s.catalog.Intern(ctx, tx, catalog.Entries([]catalog.Entry{next(old[0].Entry, s.changes)}))
			if err != nil {
				return err
			}
			for fresh = range added.All() {
			}
			head, _, err := s.catalog.Append(ctx, tx, s.suite, added, bitset.Of(s.members[at]), run.Activity().ID)
			if err != nil {
				return err
			}
			result.Revision = head.Revision
			return access.Record(ctx, tx, "mirror.sync", s.suite.Ref(), nil)
		})
	})
	s.members[at] = fresh
	return err
}

// next makes a later version of a package. Its file is in no pool: nobody here
// asks for it.
func next(e catalog.Entry, number int) catalog.Entry {
	version := fmt.Sprintf("%s+r%d", e.Version, number)
	e.ID, e.Version, e.SourceVersion = 0, version, version
	e.Stanza = slices.Clone(e.Stanza)
	e.Files = slices.Clone(e.Files)
	f := &e.Files[0]
	f.Name = fmt.Sprintf("%s_%s_%s.deb", e.Name, digest.Of([]byte(version)).String()[:16], e.Architecture)
	f.SHA256 = digest.Of([]byte(e.Name + version))
	f.MD5, f.SHA1, f.SHA512 = "", "", ""
	return e
}

// newFolder makes a folder for what a measurement makes.
func newFolder(below string) (string, error) {
	dir, err := os.MkdirTemp(below, "aptarium-history-")
	return filepath.Join(dir, "data"), err
}
