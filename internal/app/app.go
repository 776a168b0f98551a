package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/pockets/dput"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/uploads"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/hold"
	"github.com/aptarium/aptarium/internal/imported"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/publish"
	"github.com/aptarium/aptarium/internal/upload"
)

// Parts are what an App is made of.
type Parts struct {
	DB       *db.DB
	Pool     blob.Store
	Holds    *hold.Node
	Client   *fetch.Client
	Engine   *activity.Engine
	Keyring  *keyring.Store
	Access   *access.Store
	Log      *slog.Logger      // nil: nothing is logged
	Now      func() time.Time  // nil: the clock's
	Settings *usecase.Settings // nil: the zero value
	// UploadArea is the folder of the upload area; empty: there is none.
	UploadArea string
	// ArchiveKeys returns, armored, the keys that the machine has for archives. They sign
	// the upstreams of pockets that name no key. nil: there are none.
	ArchiveKeys func() (armored string, err error)
	// EndpointKinds are the kinds of endpoints.
	EndpointKinds endpoint.Kinds
}

// App is the application: one service for each noun. It is safe for use by many goroutines.
type App struct {
	Activities   *activities.Service
	Audit        *audit.Service
	People       *people.Service
	Keys         *keys.Service
	Collections  *collections.Service
	Mirrors      *mirrors.Service
	Uploads      *uploads.Service
	Repos        *repos.Service
	Publications *publications.Service
	Garbage      *garbage.Service
	Pockets      *pockets.Service
	Dput         *dput.Service
	Profiles     *profiles.Service
	Imports      *imports.Service
	Apply        *apply.Service
}

// Schemas returns the tables of all that the application keeps, in the order in which they
// build on each other.
func Schemas() []db.Schema {
	return []db.Schema{
		activity.Schema(), hold.Schema(), access.Schema(), keyring.Schema(),
		catalog.Schema(), mirror.Schema(), publish.Schema(), endpoint.Schema(), imported.Schema(), upload.Schema(), declared.Schema(), pocket.Schema(), fleet.Schema(),
	}
}

// New joins the parts and registers the kinds of activities. The caller starts the engine
// afterwards.
func New(p Parts) *App {
	k := newKernel(p)
	mirrored, published, area := mirror.New(k.Catalog), publish.New(k.Catalog), upload.New(p.UploadArea, upload.Options{})
	endpoints := endpoint.Store{Kinds: p.EndpointKinds}
	a := &App{Activities: activities.New(k), Audit: audit.New(k), People: people.New(k)}
	a.Keys = keys.New(k, p.Keyring, published)
	a.Collections = collections.New(k, mirrored, published)
	a.Mirrors = mirrors.New(k, p.Client, mirrored, a.Collections)
	in := &intake.Intake{DB: p.DB, Catalog: k.Catalog, Pool: p.Pool, Earlier: a.Mirrors.OnDemand()}
	a.Uploads = uploads.New(k, area)
	a.Repos = repos.New(k, in, area, published, a.Collections)
	a.Publications = publications.New(k, publications.Parts{
		Mirror: mirrored, Publish: published, Keyring: p.Keyring, Endpoint: endpoints, OnDemand: a.Mirrors.OnDemand(),
		Collections: a.Collections, Keys: a.Keys, Mirrors: a.Mirrors, Repos: a.Repos,
	})
	a.Garbage = garbage.New(k, mirrored, published, a.Activities)
	a.Pockets = pockets.New(k, pockets.Parts{
		Mirror: mirrored, Publish: published, Keyring: p.Keyring, ArchiveKeys: p.ArchiveKeys,
		Collections: a.Collections, Keys: a.Keys, Publications: a.Publications,
	})
	a.Dput = dput.New(k, in, published, p.Keyring, a.Pockets, a.Publications, a.Repos)
	a.Profiles = profiles.New(k, p.Keyring, a.Pockets)
	a.Imports = imports.New(k, in, mirrored, published, endpoints, a.Publications)
	a.Apply = apply.New(k, apply.Parts{
		Mirror: mirrored, Publish: published, Endpoint: endpoints,
		Collections: a.Collections, Keys: a.Keys, Mirrors: a.Mirrors, Repos: a.Repos, Publications: a.Publications,
	})
	return a
}

func newKernel(p Parts) *usecase.Kernel {
	k := &usecase.Kernel{
		DB: p.DB, Pool: p.Pool, Holds: p.Holds, Engine: p.Engine, Catalog: catalog.New(), Access: p.Access, Settings: p.Settings, Log: p.Log, Now: p.Now,
	}
	if k.Now == nil {
		k.Now = time.Now
	}
	if k.Settings == nil {
		k.Settings = new(usecase.Settings)
	}
	if k.Log == nil {
		k.Log = slog.New(slog.DiscardHandler)
	}
	return k
}

// EndJobs cancels the jobs of this process and the downloads that clients wait for. It
// returns when they have ended, or with the context's error. No other begins after it.
func (a *App) EndJobs(ctx context.Context) error {
	return errors.Join(a.Activities.End(ctx), a.Mirrors.End(ctx))
}
