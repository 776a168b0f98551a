// Package apptest creates a whole application for a test, with its own data and only
// real parts.
package apptest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/endpoint/filesystem"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/hold"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/masterkey"
	"github.com/aptarium/aptarium/internal/notify"
)

// House is an application and someone who may do everything with it.
type House struct {
	*app.App
	app.Parts // what it is made of
	TB        testing.TB
	Ctx       context.Context

	ahead *atomic.Int64 // nanoseconds
	pool  *file.Store
}

// Advance puts the application's clock forward. The times of commits still come from
// the database.
func (h *House) Advance(d time.Duration) { h.ahead.Add(int64(d)) }

// Run runs a test on every database, each time with a fresh house.
func Run(t *testing.T, test func(*House)) {
	t.Helper()
	dbtest.Run(t, app.Schemas(), func(t *testing.T, d *db.DB) { test(open(t, d, nil, nil)) })
}

// RunOn is Run with a disk of the test's own under the pool.
func RunOn(t *testing.T, disk func(file.FS) file.FS, test func(*House)) {
	t.Helper()
	dbtest.Run(t, app.Schemas(), func(t *testing.T, d *db.DB) { test(open(t, d, disk, nil)) })
}

// RunWith is Run with other parts.
func RunWith(t *testing.T, edit func(*app.Parts), test func(*House)) {
	t.Helper()
	dbtest.Run(t, app.Schemas(), func(t *testing.T, d *db.DB) { test(open(t, d, nil, edit)) })
}

func open(tb testing.TB, d *db.DB, disk func(file.FS) file.FS, edit func(*app.Parts)) *House {
	tb.Helper()
	dir := tb.TempDir()
	pool, err := file.Open(dir, file.Options{FS: disk})
	check(tb, err)
	tb.Cleanup(func() { pool.Close() })
	master, err := masterkey.Open(dir)
	check(tb, err)
	client, err := fetch.New(fetch.Options{Sleep: func(context.Context, time.Duration) error { return nil }, StallTimeout: 200 * time.Millisecond})
	check(tb, err)
	tb.Cleanup(client.Close)
	holds, err := hold.Join(tb.Context(), d, hold.Options{Alone: true})
	check(tb, err)
	engine := activity.New(d, new(notify.Hub), activity.Options{Exclusive: true})
	ahead := new(atomic.Int64)
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	parts := app.Parts{
		Now: now,
		DB:  d, Pool: pool, Holds: holds, Client: client, Engine: engine, Keyring: keyring.New(master), Access: access.New(master, now),
		Settings: &usecase.Settings{
			GnuPG:     gnupg.Program{Home: filepath.Join(dir, "gnupg")}, // never that of whoever runs the test
			PublicURL: "https://deb.example.org/archive",
		},
		UploadArea:    filepath.Join(dir, "upload"),
		EndpointKinds: endpoint.Kinds{filesystem.Kind(pool.Path, nil)},
	}
	if edit != nil {
		edit(&parts)
	}
	a := app.New(parts)
	check(tb, engine.Start(context.Background()))
	tb.Cleanup(func() { _ = engine.Stop(context.Background()) })
	return &House{App: a, Parts: parts, TB: tb, Ctx: usecase.AsProcess(context.Background()), ahead: ahead, pool: pool}
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// Must returns a value or ends the test.
func Must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		check(tb, err)
		return v
	}
}

// Wait returns an activity at its end.
func (h *House) Wait(a usecase.Activity, err error) usecase.Activity {
	h.TB.Helper()
	for err == nil && !a.Finished() {
		a, err = h.Activities.Watch(h.Ctx, a.ID, a.Version, 10*time.Second)
	}
	check(h.TB, err)
	return a
}

// Done is Wait for an activity that must succeed.
func (h *House) Done(a usecase.Activity, err error) usecase.Activity {
	h.TB.Helper()
	a = h.Wait(a, err)
	if a.Status != "done" {
		h.TB.Fatalf("activity %s ended as %s: %+v", a.Type, a.Status, a.Error)
	}
	return a
}

// Settled waits until nothing is at work but what is to begin later.
func (h *House) Settled() {
	h.TB.Helper()
	for _, a := range Must(h.Activities.List(h.Ctx, activities.Filter{}, usecase.Page{}))(h.TB).Items {
		if a.RunAt.Before(time.Now()) {
			h.Wait(a, nil)
		}
	}
}

// Deb makes a package file.
func Deb(tb testing.TB, name, version, architecture, content string) Upload {
	tb.Helper()
	control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: T <t@example.org>\nSection: misc\nPriority: optional\nDescription: test\n", name, version, architecture)
	var b bytes.Buffer
	err := debfile.Write(&b, []byte(control), []debfile.File{{Name: "usr/share/" + name + "/content", Body: []byte(content)}}, debfile.WriteOptions{})
	check(tb, err)
	return Upload{fmt.Sprintf("%s_%s_%s.deb", name, version, architecture), b.Bytes()}
}

// Upload is a file to be added.
type Upload struct {
	Name string
	Data []byte
}

// File makes an upload of any bytes.
func File(name string, data []byte) Upload { return Upload{name, data} }

// Uploads returns files as AddFiles takes them.
func Uploads(list ...Upload) iter.Seq2[repos.Upload, error] {
	return func(yield func(repos.Upload, error) bool) {
		for _, u := range list {
			if !yield(repos.Upload{Name: u.Name, Body: bytes.NewReader(u.Data)}, nil) {
				return
			}
		}
	}
}

// Add adds files to a repo.
func (h *House) Add(repo string, list ...Upload) (collections.RepoChange, error) {
	return h.Repos.AddFiles(h.Ctx, repo, Uploads(list...), repos.AddOptions{})
}

// MakeRepo makes a repo with packages.
func (h *House) MakeRepo(name string, list ...Upload) {
	h.TB.Helper()
	Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: name}))(h.TB)
	Must(h.Add(name, list...))(h.TB)
}

// Publish publishes sources as debian stable.
func (h *House) Publish(sources ...string) {
	h.TB.Helper()
	_, a, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: sources})
	h.Done(a, err)
}

// Update makes the next release of debian stable.
func (h *House) Update() usecase.Activity {
	h.TB.Helper()
	return h.Done(h.Publications.Update(h.Ctx, "debian", "stable", publications.PublicationEdit{}))
}

// Read returns a published file.
func (h *House) Read(path string) string {
	h.TB.Helper()
	f := Must(h.Publications.File(context.Background(), path))(h.TB)
	r := Must(f.Open(context.Background()))(h.TB)
	defer r.Close()
	return string(Must(io.ReadAll(r))(h.TB))
}

// Names lists the packages of a collection as "name version".
func (h *House) Names(ref string) (names []string) {
	h.TB.Helper()
	r := Must(collections.ParseRef("ref", ref))(h.TB)
	for _, p := range Must(h.Collections.Packages(h.Ctx, r, collections.Terms{}, usecase.Page{Limit: 500}))(h.TB).Items {
		names = append(names, p.Name+" "+p.Version)
	}
	return names
}

// BlobPath returns the path of the file in which the pool keeps some bytes.
func (h *House) BlobPath(data []byte) string {
	h.TB.Helper()
	path, ok := h.pool.Path(digest.Of(data))
	if !ok {
		h.TB.Fatal("the blob is not durable")
	}
	return path
}
