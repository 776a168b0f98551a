package imports

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/imported"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// importing is an import under way.
type importing struct {
	app     *Service
	plan    ImportPlan
	foreign *foreign
	run     *activity.Run // nil while nothing is done yet
	memo    map[memoKey]uint32
	summary ImportSummary
}

func (im *importing) close() {
	if im.foreign != nil && im.foreign.packages != nil {
		_ = im.foreign.packages.close() // it was only read
	}
}

// foreignCollection is a repo, mirror or snapshot of another program.
type foreignCollection struct {
	subject    string             // names it there for ever
	title      string             // as it is called there
	as         catalog.Collection // as it is to be here
	createdAt  time.Time
	mirror     *mirror.Config
	probe      *mirror.Probe
	syncedAt   time.Time
	from       []*foreignCollection // what a snapshot was made from
	components []string             // where its packages may be listed

	record imported.Record
	known  bool
	local  catalog.Collection // once it is here
	reason string             // why it is left out
}

// settled tells whether a collection that is here takes no more from there: a
// snapshot never changes, and a mirror that was synced here goes its own way.
func (c *foreignCollection) settled() bool {
	return c.known && (c.local.Kind == catalog.Snapshot || c.local.Kind == catalog.Mirror && c.local.Head != c.record.Revision)
}

// foreignPublication is something that another program publishes.
type foreignPublication struct {
	subject string
	as      publications.NewPublication // without its sources
	sources map[string]*foreignCollection
	signing *publications.Signing // who signs it, if nobody says otherwise
	changed []string              // components whose sources have changed there since

	record imported.Record
	known  bool
	reason string
}

func (p *foreignPublication) name() string {
	return publish.JoinPlace(p.as.Endpoint, p.as.Prefix) + " " + p.as.Distribution
}

// decide finds out what is here already, and whether the rest can come.
func (im *importing) decide(ctx context.Context) error {
	conflicts, err := usecase.View(ctx, im.app.k, func(tx *db.Tx) ([]string, error) {
		var conflicts []string
		taken := map[string]bool{}
		for _, c := range im.foreign.collections {
			found, err := im.decideCollection(ctx, tx, c)
			if err != nil {
				return nil, err
			}
			if found || c.reason == "" && !c.known && taken[c.as.Ref()] {
				conflicts = append(conflicts, c.as.Ref())
			}
			taken[c.as.Ref()] = true
		}
		for _, p := range im.foreign.publications {
			found, err := im.decidePublication(ctx, tx, p)
			if err != nil {
				return nil, err
			}
			if found {
				conflicts = append(conflicts, p.name())
			}
		}
		return conflicts, nil
	})
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		return problem.New(problem.Conflict, "other things have these names here already: %s", strings.Join(conflicts, ", ")).
			WithHint("rename or drop them, here or there, and import again; nothing was changed")
	}
	if slices.ContainsFunc(im.foreign.publications, im.signedByDefault) {
		im.foreign.warnings = append(im.foreign.warnings,
			"publications are signed by the default key, which clients do not know yet; name the key that signed them to keep it")
	}
	return nil
}

// signedByDefault tells whether a publication is new, and nobody says who signs it.
func (im *importing) signedByDefault(p *foreignPublication) bool {
	said := im.plan.Signing != nil || im.foreign.signing != nil || p.signing != nil
	return p.reason == "" && !p.known && !p.as.Options.Unsigned && !said
}

// decideCollection looks whether a collection is here, and tells whether another
// one has its name.
func (im *importing) decideCollection(ctx context.Context, tx *db.Tx, c *foreignCollection) (conflict bool, err error) {
	if c.record, c.known, err = imported.Find(ctx, tx, im.foreign.source, c.subject); err != nil {
		return false, err
	}
	if c.known {
		c.local, err = im.app.k.Catalog.ByID(ctx, tx, c.record.Local)
		if err != nil {
			return false, err
		}
		now, err := im.app.k.Catalog.ByName(ctx, tx, c.local.Kind, c.local.Name)
		if problem.Is(err, problem.NotFound) || err == nil && now.ID != c.local.ID {
			c.reason, err = "it was brought over before and dropped here since", nil
		}
		return false, err
	}
	if c.reason != "" {
		return false, nil
	}
	_, err = im.app.k.Catalog.ByName(ctx, tx, c.as.Kind, c.as.Name)
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// decidePublication does so for a publication.
func (im *importing) decidePublication(ctx context.Context, tx *db.Tx, p *foreignPublication) (conflict bool, err error) {
	if p.record, p.known, err = imported.Find(ctx, tx, im.foreign.source, p.subject); err != nil || p.known || p.reason != "" {
		return false, err
	}
	for component, source := range p.sources {
		if source.reason != "" {
			p.reason = fmt.Sprintf("its component %s is from %s, which is left out", component, source.title)
			return false, nil
		}
	}
	if err := publish.CheckPlace(p.as.Prefix, p.as.Distribution); err != nil {
		p.reason = err.Error()
		return false, nil
	}
	if err := p.as.Options.Check(); err != nil {
		p.reason = err.Error()
		return false, nil
	}
	_, err = im.app.publish.Get(ctx, tx, p.as.Endpoint, p.as.Prefix, p.as.Distribution)
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// foresee tells what would be done.
func (im *importing) foresee(ctx context.Context) (ImportSummary, error) {
	s := ImportSummary{Items: []ImportItem{}, Warnings: im.foreign.warnings}
	for _, c := range im.foreign.collections {
		item := ImportItem{Kind: string(c.as.Kind), Name: c.as.Name, Status: importNew, Reason: c.reason}
		keys, err := im.foreign.packages.list(ctx, c.subject)
		if err != nil {
			return s, err
		}
		item.Packages = len(keys)
		switch {
		case c.reason != "":
			item.Status = importLeftOut
		case c.known:
			item.Name, item.Status = c.local.Name, importUnchanged
			if err := im.recall(ctx, c, c.record.Members); err != nil {
				return s, err
			}
			if c.settled() {
				break
			}
			if item.Added = im.unknown(c, keys); item.Added > 0 {
				item.Status = importChanged
			}
		default:
			item.Added = len(keys)
		}
		s.Added += item.Added
		s.Items = append(s.Items, item)
	}
	for _, p := range im.foreign.publications {
		item := ImportItem{Kind: "publication", Name: p.name(), Status: importNew, Reason: p.reason}
		switch {
		case p.reason != "":
			item.Status = importLeftOut
		case p.known:
			item.Status = importUnchanged
		}
		s.Items = append(s.Items, item)
	}
	return s, nil
}

var (
	notInNames    = regexp.MustCompile(`[^A-Za-z0-9._+~-]+`)
	notAtTheStart = regexp.MustCompile(`^[^A-Za-z0-9]+`)
)

// localName makes a name of ours from one of another program.
func localName(theirs string) string {
	name := notAtTheStart.ReplaceAllString(notInNames.ReplaceAllString(theirs, "-"), "")
	if len(name) > 200 {
		name = name[:200]
	}
	if name == "" {
		return "unnamed"
	}
	return name
}
