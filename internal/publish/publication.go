package publish

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the tables of publications and their releases.
func Schema() db.Schema { return db.Schema{Name: "publish", Migrations: migrations} }

// BuiltIn is the endpoint that the program serves itself.
const BuiltIn = "built-in"

// Source is a collection that feeds a component of a publication.
type Source struct {
	Component  string       `json:"component,omitempty"` // empty: each package in its own
	Kind       catalog.Kind `json:"kind"`
	Name       string       `json:"name"`
	Collection int64        `json:"collection"`
	Revision   int64        `json:"revision,omitempty"` // in a release: the revision that it was built from
}

// View returns the view from which a release was built.
func (s Source) View() catalog.View {
	return catalog.View{Collection: s.Collection, Revision: s.Revision}
}

// Publication is a distribution below a prefix of an endpoint, with its options and sources.
type Publication struct {
	ID           int64
	Endpoint     string
	Prefix       string // below the endpoint's root: "debian"
	Distribution string // below dists/: "bookworm"
	Options      Options
	Sources      []Source
	Staged       []Source // sources of the next staged update; nil: none
	Head         int64    // number of its newest release; 0 before the first
	CreatedAt    int64    // microseconds since 1970
	Retention    catalog.Retention
	Dropped      bool
}

// Ref returns the name of the publication for people.
func (p Publication) Ref() string { return p.Prefix + " " + p.Distribution }

// Store stores publications and releases. It is safe for concurrent use; every method works inside
// the given transaction.
type Store struct{ catalog *catalog.Store }

// New returns a store over a catalog.
func New(c *catalog.Store) *Store { return &Store{catalog: c} }

// Create creates a publication without a release.
func (s *Store) Create(ctx context.Context, tx *db.Tx, p Publication) (Publication, error) {
	if err := p.check(); err != nil {
		return Publication{}, err
	}
	taken, err := s.list(ctx, tx, "endpoint = $1 AND prefix = $2 AND distribution = $3 AND dropped_at IS NULL", p.Endpoint, p.Prefix, p.Distribution)
	if err != nil {
		return Publication{}, err
	}
	if len(taken) > 0 {
		return Publication{}, problem.New(problem.Conflict, "%s is published already", p.Ref()).In("distribution").
			WithHint("`aptarium publish update` makes its next release; `aptarium publish drop` removes it")
	}
	if p.ID, p.CreatedAt, err = tx.NewRow(ctx, "publication"); err != nil {
		return Publication{}, err
	}
	p.Head = 0
	retention, err := catalog.EncodeRetention(p.Retention)
	if err != nil {
		return Publication{}, err
	}
	options, sources, err := p.encode()
	if err != nil {
		return Publication{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO publication (id, endpoint, prefix, distribution, options, sources, head, created_at, retention)
		VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)`, p.ID, p.Endpoint, p.Prefix, p.Distribution, options, sources, p.CreatedAt, retention)
	return p, problem.While(err, "storing publication %s", p.Ref())
}

func (p Publication) check() error {
	if err := CheckPlace(p.Prefix, p.Distribution); err != nil {
		return err
	}
	if len(p.Sources) == 0 {
		return problem.New(problem.Invalid, "a publication needs a source").In("sources").
			WithHint("name one, such as mirror:bookworm or main=repo:tools")
	}
	if err := checkSources(p.Sources); err != nil {
		return err
	}
	if err := p.Retention.Check(); err != nil {
		return err
	}
	if err := p.Options.Check(); err != nil || !p.Options.Verbatim {
		return err
	}
	return checkVerbatimSources(p.Sources)
}

func (p Publication) encode() (options, sources string, err error) {
	o, err := json.Marshal(p.Options)
	if err != nil {
		return "", "", fmt.Errorf("encoding options: %w", err)
	}
	s, err := json.Marshal(p.Sources)
	return string(o), string(s), problem.While(err, "encoding sources")
}

// checkSources refuses components that cannot be part of a path.
func checkSources(sources []Source) error {
	for _, s := range sources {
		if s.Component == "" {
			continue
		}
		if err := CheckComponent("sources", s.Component); err != nil {
			return err
		}
	}
	return nil
}

// Stage stores the staged sources of a publication; nil deletes them. An empty list is valid.
func (s *Store) Stage(ctx context.Context, tx *db.Tx, p Publication, sources []Source) error {
	if err := checkSources(sources); err != nil {
		return err
	}
	var staged any
	if sources != nil {
		if p.Options.Verbatim {
			if err := checkVerbatimSources(sources); err != nil {
				return err
			}
		}
		text, err := json.Marshal(sources)
		if err != nil {
			return fmt.Errorf("encoding staged sources: %w", err)
		}
		staged = string(text)
	}
	_, err := tx.Exec(ctx, "UPDATE publication SET staged = $1 WHERE id = $2", staged, p.ID)
	return problem.While(err, "storing the staged sources of %s", p.Ref())
}

// Update changes the options and sources of future releases.
func (s *Store) Update(ctx context.Context, tx *db.Tx, p Publication) error {
	if err := p.check(); err != nil {
		return err
	}
	options, sources, err := p.encode()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE publication SET options = $1, sources = $2 WHERE id = $3", options, sources, p.ID)
	return problem.While(err, "storing publication %s", p.Ref())
}

// Retain stores the retention of a publication.
func (s *Store) Retain(ctx context.Context, tx *db.Tx, p Publication, r catalog.Retention) error {
	if err := r.Check(); err != nil {
		return err
	}
	text, err := catalog.EncodeRetention(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE publication SET retention = $1 WHERE id = $2", text, p.ID)
	return problem.While(err, "storing the retention of %s", p.Ref())
}

// Get returns a publication that was not dropped; none is problem.NotFound.
func (s *Store) Get(ctx context.Context, tx *db.Tx, endpoint, prefix, distribution string) (Publication, error) {
	found, err := s.list(ctx, tx, "endpoint = $1 AND prefix = $2 AND distribution = $3 AND dropped_at IS NULL", endpoint, prefix, distribution)
	return db.First(found, err, problem.New(problem.NotFound, "%s %s is not published", prefix, distribution).
		WithHint("`aptarium publish list` shows what is"))
}

// ByID returns a publication, even if it was dropped.
func (s *Store) ByID(ctx context.Context, tx *db.Tx, id int64) (Publication, error) {
	found, err := s.list(ctx, tx, "id = $1", id)
	return db.First(found, err, problem.New(problem.NotFound, "there is no publication %d", id))
}

// List returns at most limit publications, sorted by endpoint, prefix and distribution, that follow
// the given ones.
func (s *Store) List(ctx context.Context, tx *db.Tx, afterEndpoint, afterPrefix, afterDistribution string, limit int) ([]Publication, error) {
	return s.list(ctx, tx, `dropped_at IS NULL AND (endpoint, prefix, distribution) > ($1, $2, $3)
		ORDER BY endpoint, prefix, distribution LIMIT $4`, afterEndpoint, afterPrefix, afterDistribution, int64(limit))
}

// Using returns the publications with a collection as source.
func (s *Store) Using(ctx context.Context, tx *db.Tx, collection int64) ([]Publication, error) {
	return s.where(ctx, tx, func(p Publication) bool {
		return slices.ContainsFunc(p.Sources, func(s Source) bool { return s.Collection == collection })
	})
}

// SignedBy returns the publications that a key signs.
func (s *Store) SignedBy(ctx context.Context, tx *db.Tx, fingerprint string) ([]Publication, error) {
	return s.where(ctx, tx, func(p Publication) bool { return slices.Contains(p.Options.Keys, fingerprint) })
}

// where returns the publications, except dropped ones, for which fn is true.
func (s *Store) where(ctx context.Context, tx *db.Tx, fn func(Publication) bool) ([]Publication, error) {
	all, err := s.list(ctx, tx, "dropped_at IS NULL ORDER BY prefix, distribution")
	return slices.DeleteFunc(all, func(p Publication) bool { return !fn(p) }), err
}

// Architectures returns the architectures of the indexes in a publication's newest release,
// including "source" if it lists sources.
func (s *Store) Architectures(ctx context.Context, tx *db.Tx, p Publication) ([]string, error) {
	files, err := s.Files(ctx, tx, p.ID, p.Head)
	_, architectures := Offers(p, files)
	return architectures, err
}

// Drop drops a publication: from now on it is served only at past times.
func (s *Store) Drop(ctx context.Context, tx *db.Tx, p Publication) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE publication SET dropped_at = $1 WHERE id = $2 AND dropped_at IS NULL", now, p.ID)
	return problem.While(err, "dropping publication %s", p.Ref())
}

func (s *Store) list(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Publication, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (p Publication, err error) {
		var options, sources, retention string
		var staged sql.NullString
		if err := row.Scan(&p.ID, &p.Endpoint, &p.Prefix, &p.Distribution, &options, &sources, &staged, &p.Head, &p.CreatedAt, &p.Dropped, &retention); err != nil {
			return p, err
		}
		if p.Retention, err = catalog.DecodeRetention(retention); err != nil {
			return p, err
		}
		if err := json.Unmarshal([]byte(options), &p.Options); err != nil {
			return p, fmt.Errorf("options of %s: %w", p.Ref(), err)
		}
		if err := json.Unmarshal([]byte(sources), &p.Sources); err != nil {
			return p, fmt.Errorf("sources of %s: %w", p.Ref(), err)
		}
		if !staged.Valid {
			return p, nil
		}
		err = json.Unmarshal([]byte(staged.String), &p.Staged)
		return p, problem.While(err, "staged sources of %s", p.Ref())
	}, "SELECT id, endpoint, prefix, distribution, options, sources, staged, head, created_at, dropped_at IS NOT NULL, retention FROM publication WHERE "+where, args...)
	return list, problem.While(err, "reading publications")
}
