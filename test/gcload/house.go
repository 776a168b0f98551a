package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/endpoint/filesystem"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/hold"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/masterkey"
	"github.com/aptarium/aptarium/internal/notify"
)

// house is an application on a clock that runs fast.
type house struct {
	*app.App
	ctx    context.Context // of someone who may do everything
	dir    string
	speed  int // how many seconds of the application's pass in one of ours
	began  time.Time
	ready  time.Time // when all was made that the actors work with, by the fast clock
	db     *db.DB
	pool   *file.Store
	engine *activity.Engine
	client *fetch.Client

	mu     sync.Mutex
	counts map[string]int
	freed  garbage.GCReport // of all collections together
}

// now is the application's clock.
func (h *house) now() time.Time { return h.began.Add(time.Since(h.began) * time.Duration(h.speed)) }

func open(ctx context.Context, dir string, speed int) (h *house, err error) {
	h = &house{ctx: usecase.AsProcess(ctx), dir: dir, speed: speed, began: time.Now(), counts: map[string]int{}}
	if h.pool, err = file.Open(dir, file.Options{}); err != nil {
		return nil, err
	}
	h.db, err = db.Open(ctx, db.Options{Path: filepath.Join(dir, "aptarium.db"), Schemas: app.Schemas(), Wall: h.now, Volatile: true, Readers: 8})
	if err != nil {
		return nil, err
	}
	holds, err := hold.Join(ctx, h.db, hold.Options{Alone: true})
	if err != nil {
		return nil, err
	}
	master, err := masterkey.Open(dir)
	if err != nil {
		return nil, err
	}
	if h.client, err = fetch.New(fetch.Options{}); err != nil {
		return nil, err
	}
	h.engine = activity.New(h.db, new(notify.Hub), activity.Options{Exclusive: true, Lease: 10000 * time.Hour, Workers: 6})
	h.App = app.New(app.Parts{
		Now: h.now, DB: h.db, Pool: h.pool, Holds: holds, Client: h.client, Engine: h.engine, Keyring: keyring.New(master), Access: access.New(master, nil),
		UploadArea:    filepath.Join(dir, "upload"),
		EndpointKinds: endpoint.Kinds{filesystem.Kind(h.pool.Path, nil)},
	})
	return h, h.engine.Start(context.WithoutCancel(ctx))
}

func (h *house) close() error {
	err := h.engine.Stop(context.Background())
	h.client.Close()
	return errors.Join(err, h.db.Close(), h.pool.Close())
}

// did counts something.
func (h *house) did(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[what]++
}

// done waits for an activity, which must succeed.
func (h *house) done(a usecase.Activity, err error) (usecase.Activity, error) {
	for err == nil && !a.Finished() {
		a, err = h.Activities.Watch(h.ctx, a.ID, a.Version, 10*time.Second)
	}
	if err == nil && a.Status != "done" {
		return a, &failure{a}
	}
	return a, err
}

// failure is an activity that did not succeed.
type failure struct{ usecase.Activity }

func (f *failure) Error() string {
	text, _ := json.Marshal(f.Activity.Error) // plain texts
	return fmt.Sprintf("%s of %s ended as %s: %s", f.Type, f.Subject, f.Status, text)
}

// collect collects garbage once.
func (h *house) collect() (r garbage.GCReport, err error) {
	a, err := h.done(h.Garbage.Collect(h.ctx, garbage.GC{}))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(a.Result, &r); err != nil {
		return r, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts["garbage collected"]++
	h.freed.Revisions += r.Revisions
	h.freed.Releases += r.Releases
	h.freed.Packages += r.Packages
	h.freed.Indexes += r.Indexes
	h.freed.Blobs += r.Blobs
	h.freed.Bytes += r.Bytes
	h.freed.Saved += r.Saved
	return r, nil
}

// print writes the figures of the run.
func (h *house) print(out io.Writer, loaded time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fmt.Fprintf(out, "loaded for %s, which were %s\n", loaded.Round(time.Second), (loaded * time.Duration(h.speed)).Round(time.Hour))
	for _, what := range sortedKeys(h.counts) {
		fmt.Fprintf(out, "%8d %s\n", h.counts[what], what)
	}
	f := h.freed
	fmt.Fprintf(out, "dropped %d revisions, %d releases, %d packages, %d parts of indexes, %d blobs of %d bytes; %d blobs were saved at the last moment\n",
		f.Revisions, f.Releases, f.Packages, f.Indexes, f.Blobs, f.Bytes, f.Saved)
}
