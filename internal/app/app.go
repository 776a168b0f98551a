package app

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
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
	Log      *slog.Logger
	Now      func() time.Time // nil: the clock's
	Settings *Settings        // nil: the zero value
	// UploadArea is the folder of the upload area; empty: there is none.
	UploadArea string
	// ArchiveKeys gives, armored, the keys that the machine has for archives: they sign
	// the upstreams of pockets that name no key. nil: there are none.
	ArchiveKeys func() (armored string, err error)
	// Places opens what an endpoint stands for.
	Places func(endpoint.Settings) (endpoint.Place, error)
}

// App is the application. It is safe for use by many goroutines.
type App struct {
	Parts
	catalog *catalog.Store
	mirrors *mirror.Store
	syncer  *mirror.Syncer
	publish *publish.Store
	pockets pocket.Store
	builder *publish.Builder

	endpoints endpoint.Store
	fleet     fleet.Store
	uploads   *upload.Area
	uploaders upload.Store
	queue     upload.Queue
	arriving  arriving
	refusals  refusals
	jobs      jobs
	onDemand  *onDemand
	intake    *intake.Intake
	kinds     map[string]kindRules
}

// Schemas gives the tables of everything that the application keeps, in the
// order in which they build on each other.
func Schemas() []db.Schema {
	return []db.Schema{
		activity.Schema(), hold.Schema(), access.Schema(), keyring.Schema(),
		catalog.Schema(), mirror.Schema(), publish.Schema(), endpoint.Schema(), imported.Schema(), upload.Schema(), declared.Schema(), pocket.Schema(), fleet.Schema(),
	}
}

// New joins the parts and registers the kinds of activities. The engine is to
// be started by the caller after this.
func New(p Parts) *App {
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Settings == nil {
		p.Settings = new(Settings)
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	c := catalog.New()
	a := &App{Parts: p, catalog: c, kinds: map[string]kindRules{}, mirrors: mirror.New(c), publish: publish.New(c), uploads: upload.New(p.UploadArea, upload.Options{})}
	a.syncer = &mirror.Syncer{Catalog: c, Store: a.mirrors, Pool: p.Pool, Client: p.Client, Now: p.Now}
	a.onDemand = newOnDemand(a)
	a.intake = &intake.Intake{DB: p.DB, Catalog: c, Pool: p.Pool, Earlier: a.onDemand}
	a.builder = &publish.Builder{Store: a.publish, Pool: p.Pool}
	a.registerMirrors()
	a.registerPublications()
	a.registerGarbage()
	a.registerPockets()
	a.registerPocketUploads()
	a.registerImports()
	a.registerApply()
	return a
}

// Page asks for a part of a list.
type Page struct {
	After string // the last one of the page before, as Next told; empty: from the start
	Limit int    // at most so many; 0 means 100, and never more than 500
}

func (p Page) limit() int {
	if p.Limit <= 0 {
		return 100
	}
	return min(p.Limit, 500)
}

// List is a page of things.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Give it as after to get the next page; empty at the end"`
}

// pageOf makes a page of what was read with one item more than the page has.
func pageOf[T any](items []T, limit int, key func(T) string) List[T] {
	l := List[T]{Items: items}
	if len(items) > limit {
		l.Items = items[:limit]
		l.Next = key(items[limit-1])
	}
	if l.Items == nil {
		l.Items = []T{}
	}
	return l
}

// number is the place of a page in a list that is ordered by number.
func number(id int64) string { return strconv.FormatInt(id, 10) }

// read runs fn in a consistent view of the database.
func read[T any](ctx context.Context, a *App, fn func(tx *db.Tx) (T, error)) (result T, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		result, err = fn(tx)
		return err
	})
	return result, err
}

// change runs fn in one transaction and leaves an audit entry in it.
func change[T any](ctx context.Context, a *App, action, subject string, detail any, fn func(tx *db.Tx) (T, error)) (result T, err error) {
	err = a.DB.Tx(ctx, func(tx *db.Tx) error {
		result, err = fn(tx)
		if err != nil {
			return err
		}
		return access.Record(ctx, tx, action, subject, detail)
	})
	return result, err
}
