package imports

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/imported"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// foreign is the content of another program.
type foreign struct {
	source       string // the program, with its directory if its names are unique only there
	packages     packageSource
	collections  []*foreignCollection // each after its sources
	publications []*foreignPublication
	warnings     []string
	signing      *publications.Signing // who signs publications, unless the plan or a publication states it
}

func (f *foreign) warn(format string, args ...any) {
	f.warnings = append(f.warnings, fmt.Sprintf(format, args...))
}

// packageSource reads the packages of another program.
type packageSource interface {
	// list returns the keys of a collection's packages. A package has the same key for ever.
	list(ctx context.Context, subject string) ([]string, error)
	// keyOf returns the key that one of our members has there.
	keyOf(catalog.Summary) string
	// read adds the files of a package to the pool and returns the entries that list it. A
	// problem concerns this package only.
	read(ctx context.Context, key string, components []string) ([]catalog.Entry, error)
	close() error
}

// foreignCollection is a repo, mirror or snapshot of another program.
type foreignCollection struct {
	subject    string             // its name there, for ever
	title      string             // its name there, for people
	as         catalog.Collection // what it becomes here
	createdAt  time.Time
	mirror     *mirror.Config
	probe      *mirror.Probe
	syncedAt   time.Time
	from       []*foreignCollection // the sources of a snapshot
	components []string             // where its packages may be listed

	record imported.Record
	known  bool
	local  catalog.Collection // the collection here, once it exists
	reason string             // why it is left out
}

// settled reports whether a known collection gets no more from there: a snapshot never
// changes, and a mirror that was synced here follows its upstream.
func (c *foreignCollection) settled() bool {
	return c.known && (c.local.Kind == catalog.Snapshot || c.local.Kind == catalog.Mirror && c.local.Head != c.record.Revision)
}

// item returns the item of a collection before its packages are read.
func (c *foreignCollection) item() ImportItem {
	item := ImportItem{Kind: string(c.as.Kind), Name: c.as.Name, Status: status(c.reason, c.known), Reason: c.reason}
	if c.known {
		item.Name = c.local.Name
	}
	return item
}

// foreignPublication is a publication of another program.
type foreignPublication struct {
	subject string
	as      publications.NewPublication   // without its sources
	sources map[string]*foreignCollection // by component
	signing *publications.Signing         // who signs it, unless the plan states it
	changed []string                      // components whose sources have changed there since

	record imported.Record
	known  bool
	reason string // why it is left out
}

func (p *foreignPublication) name() string {
	return publish.JoinPlace(p.as.Endpoint, p.as.Prefix) + " " + p.as.Distribution
}

// item returns the item of a publication before its release is built.
func (p *foreignPublication) item() ImportItem {
	return ImportItem{Kind: "publication", Name: p.name(), Status: status(p.reason, p.known), Reason: p.reason}
}

func status(reason string, known bool) string {
	switch {
	case reason != "":
		return importLeftOut
	case known:
		return importUnchanged
	}
	return importNew
}

var (
	notInNames    = regexp.MustCompile(`[^A-Za-z0-9._+~-]+`)
	notAtTheStart = regexp.MustCompile(`^[^A-Za-z0-9]+`)
)

// localName returns a valid name for an object that has any name in another program.
func localName(theirs string) string {
	name := notAtTheStart.ReplaceAllString(notInNames.ReplaceAllString(theirs, "-"), "")
	if name == "" {
		return "unnamed"
	}
	return name[:min(len(name), 200)]
}

// checkFile returns a problem unless the file of a package contains that package.
func checkFile(e catalog.Entry, name, version, architecture string) error {
	if e.Name != name || e.Version != version || e.Architecture != architecture {
		return problem.New(problem.Untrusted, "its file is %s %s %s", e.Name, e.Version, e.Architecture)
	}
	return nil
}
