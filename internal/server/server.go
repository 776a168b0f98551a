package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/aptkeys"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/buildinfo"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/hold"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/masterkey"
	"github.com/aptarium/aptarium/internal/notify"
)

// Server is an Aptarium on its data folder.
type Server struct {
	config   Config
	log      *slog.Logger
	seams    Seams
	lock     *flock.Flock
	db       *db.DB
	pool     blob.Opened
	client   *fetch.Client
	engine   *activity.Engine
	app      *app.App
	parts    app.Parts
	aptly    aptlySettings
	draining chan struct{}
	closing  sync.Once
}

// stopTimeout is how long requests and activities get to come to an end.
const stopTimeout = 10 * time.Second

// Open takes the data folder for this process, makes what is missing in it, and
// builds the application. A folder that another process has open is a Conflict
// with the cause [ErrInUse]. Nothing runs yet; the caller ends with Close.
func Open(ctx context.Context, c Config, log *slog.Logger) (*Server, error) {
	return OpenWith(ctx, c, log, Seams{})
}

// OpenWith is Open for tests, with seams.
func OpenWith(ctx context.Context, c Config, log *slog.Logger, seams Seams) (_ *Server, err error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	replaced, err := c.readAptly()
	if err != nil {
		return nil, err
	}
	s := &Server{config: c, log: log, aptly: replaced, seams: seams, draining: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.lock, err = takeFolder(c.Data); err != nil {
		return nil, err
	}
	if err := retract(c.Data); err != nil { // left by a server that was killed
		return nil, fmt.Errorf("clearing up after a server that was killed: %w", err)
	}
	if s.db, err = db.Open(ctx, db.Options{
		Path: filepath.Join(c.Data, "aptarium.db"), Schemas: app.Schemas(),
		// Each activity may hold one while it works; requests need others.
		Readers: c.Workers + 8,
		Wall:    seams.Now, Committing: seams.Committing, Committed: seams.Committed, Volatile: seams.Volatile,
	}); err != nil {
		return nil, err
	}
	if s.pool, err = BlobKinds(seams).Open(ctx, c.Pool, c.Data); err != nil {
		return nil, err
	}
	master, err := masterkey.Open(c.Data)
	if err != nil {
		return nil, err
	}
	s.client, err = fetch.New(fetch.Options{
		Version: buildinfo.Read().Version, PerHost: c.PerHost, Total: c.Downloads, BytesPerSecond: c.Bandwidth,
	})
	if err != nil {
		return nil, err
	}
	people := access.New(master, seams.Now)
	made, err := access.EnsureAdminToken(ctx, s.db, people, c.Data)
	if err != nil {
		return nil, err
	}
	if made {
		log.Info("made the administrator's token", "file", filepath.Join(c.Data, access.AdminFile))
	}
	every, err := c.gcEvery()
	if err != nil {
		return nil, err
	}
	holds, err := hold.Join(ctx, s.db, hold.Options{Alone: true, Logger: log})
	if err != nil {
		return nil, err
	}
	s.engine = activity.New(s.db, new(notify.Hub), activity.Options{Workers: c.Workers, Exclusive: true, Logger: log})
	settings := &usecase.Settings{
		PublicURL: c.PublicURL, OpenUploads: c.OpenUploads, CollectEvery: every, GnuPG: gnupg.Program{Home: seams.GnuPGHome},
	}
	s.parts = app.Parts{
		DB: s.db, Pool: s.pool, Holds: holds, Client: s.client, Engine: s.engine, Keyring: keyring.New(master), Access: people,
		Log: log, EndpointKinds: EndpointKinds(s.pool.Path, seams), Now: seams.Now, UploadArea: replaced.uploads, ArchiveKeys: aptkeys.All, Settings: settings,
	}
	s.app = app.New(s.parts)
	return s, s.replaceAptly(ctx)
}

// Start lets activities run, until the context ends or the server is closed.
func (s *Server) Start(ctx context.Context) error { return s.engine.Start(ctx) }

// Local answers /v1 and Landscape's actions to this very process, which needs no token.
func (s *Server) Local() http.Handler {
	api := rest.New(s.app, rest.Options{Local: true, Log: s.log, Version: buildinfo.Read().Version, Draining: s.draining, CodeOf: landscape.ErrorName})
	landscapes := landscape.New(s.app, landscape.Options{Local: true, Log: s.log})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if landscape.Owns(r.URL.Path) {
			landscapes.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// Close stops the activities, which continue at the next start, and unlocks the data
// folder. Closing again does nothing.
func (s *Server) Close() (err error) {
	s.closing.Do(func() { err = s.close() })
	return err
}

func (s *Server) close() error {
	var errs []error
	add := func(doing string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", doing, err))
		}
	}
	if s.engine != nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if s.app != nil {
			add("ending jobs", s.app.EndJobs(ctx))
		}
		add("stopping the activities", s.engine.Stop(ctx))
	}
	if s.client != nil {
		s.client.Close()
	}
	if s.pool.Store != nil {
		add("closing the pool", s.pool.Close())
	}
	if s.db != nil {
		add("closing the database", s.db.Close())
	}
	if s.lock != nil {
		add("unlocking the data folder", s.lock.Close())
	}
	return errors.Join(errs...)
}
