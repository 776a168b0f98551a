package mirror

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/problem"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the tables of mirrors.
func Schema() db.Schema { return db.Schema{Name: "mirror", Migrations: migrations} }

// Mirror is a collection with the upstream that it follows.
type Mirror struct {
	Collection catalog.Collection
	Config     Config
	State      State
}

// State is the result of the last good sync. Its digests show how much of it still holds after an
// edit of the config.
type State struct {
	Release    digest.SHA256    `json:"release,omitzero"`    // of InRelease, or of Release
	Conditions fetch.Conditions `json:"conditions,omitzero"` // for a conditional request
	Detached   bool             `json:"detached,omitempty"`  // Release with Release.gpg, not InRelease
	Config     digest.SHA256    `json:"config,omitzero"`     // of the config of that sync
	Upstream   digest.SHA256    `json:"upstream,omitzero"`   // of that config's archive and suite
	Wanted     digest.SHA256    `json:"wanted,omitzero"`     // of that config's choice of packages
	Suite      string           `json:"suite,omitempty"`     // as Release names it
	Codename   string           `json:"codename,omitempty"`
	// Meta is the fields of the last Release, without its sums.
	Meta       map[string]string `json:"meta,omitempty"`
	Date       int64             `json:"date,omitempty"`        // of Release, seconds since 1970
	ValidUntil int64             `json:"valid_until,omitempty"` // the same; 0: for ever
	SignedBy   []string          `json:"signed_by,omitempty"`   // fingerprints
	Warnings   []string          `json:"warnings,omitempty"`    // wanted, but missing upstream
	Files      int               `json:"files,omitempty"`       // of all packages that the suite lists, each once
	FileBytes  int64             `json:"file_bytes,omitempty"`
	SyncedAt   int64             `json:"synced_at,omitempty"` // microseconds since 1970; of unchanged syncs too
	// Skipped counts the packages whose files the upstream refused. The next sync asks for them
	// again, even if Release did not change.
	Skipped int `json:"skipped,omitempty"`
}

// digest identifies a config; after a sync with another config, an unchanged Release is read again.
func (c Config) digest() digest.SHA256 {
	text, _ := json.Marshal(c) // plain strings and numbers
	return digest.Of(text)
}

// upstream identifies the followed suite, whatever the user in its URL: its dates can be compared.
func (c Config) upstream() digest.SHA256 { return Config{URL: c.archive(), Suite: c.Suite}.digest() }

// wanted identifies the followed list of packages: its sizes can be compared.
func (c Config) wanted() digest.SHA256 {
	return Config{
		URL: c.archive(), Suite: c.Suite, Components: c.Components, Architectures: c.Architectures,
		Sources: c.Sources, Packages: c.Packages, Filter: c.Filter, Filters: c.Filters, FilterWithDependencies: c.FilterWithDependencies,
		LatestOnly: c.LatestOnly, UDebs: c.UDebs, With: c.With, Verbatim: c.Verbatim,
	}.digest()
}

// current reports whether the state is from a sync with this config.
func (m Mirror) current() bool { return m.State.Config == m.Config.digest() }

// Store keeps the configurations and states of mirrors.
type Store struct{ catalog *catalog.Store }

// New returns a store over a catalog.
func New(c *catalog.Store) *Store { return &Store{c} }

// Create creates a mirror: an empty collection and its config. A probe, if not nil, sets its first
// state.
func (s *Store) Create(ctx context.Context, tx *db.Tx, name, description string, c Config, p *Probe) (Mirror, error) {
	c = c.Expanded()
	if err := c.Check(); err != nil {
		return Mirror{}, err
	}
	m := Mirror{Collection: catalog.Collection{Kind: catalog.Mirror, Name: name, Description: description, Component: "main"}, Config: c}
	m.Learn(p)
	collection, err := s.catalog.Create(ctx, tx, m.described())
	if err != nil {
		return Mirror{}, err
	}
	m.Collection = collection
	config, state, err := m.encode()
	if err != nil {
		return Mirror{}, err
	}
	_, err = tx.Exec(ctx, "INSERT INTO mirror (collection_id, config, state) VALUES ($1, $2, $3)", collection.ID, config, state)
	return m, problem.While(err, "storing mirror %s", name)
}

func (m Mirror) encode() (config, state string, err error) {
	c, err := json.Marshal(m.Config)
	if err != nil {
		return "", "", fmt.Errorf("encoding the mirror's configuration: %w", err)
	}
	st, err := json.Marshal(m.State)
	return string(c), string(st), problem.While(err, "encoding the mirror's state")
}

// Get returns a mirror by name; none is problem.NotFound.
func (s *Store) Get(ctx context.Context, tx *db.Tx, name string) (Mirror, error) {
	collection, err := s.catalog.ByName(ctx, tx, catalog.Mirror, name)
	if err != nil {
		return Mirror{}, err
	}
	return s.of(ctx, tx, collection)
}

func (s *Store) of(ctx context.Context, tx *db.Tx, c catalog.Collection) (Mirror, error) {
	m := Mirror{Collection: c}
	var config, state string
	err := tx.QueryRow(ctx, "SELECT config, state FROM mirror WHERE collection_id = $1", c.ID).Scan(&config, &state)
	if errors.Is(err, db.ErrNoRows) {
		return Mirror{}, problem.New(problem.NotFound, "%s follows no upstream", c.Ref())
	}
	if err != nil {
		return Mirror{}, fmt.Errorf("reading mirror %s: %w", c.Name, err)
	}
	if err := json.Unmarshal([]byte(config), &m.Config); err != nil {
		return Mirror{}, fmt.Errorf("reading the configuration of mirror %s: %w", c.Name, err)
	}
	err = json.Unmarshal([]byte(state), &m.State)
	return m, problem.While(err, "reading the state of mirror %s", c.Name)
}

// ByID returns a mirror by the number of its collection, even if it was renamed or dropped; none is
// problem.NotFound.
func (s *Store) ByID(ctx context.Context, tx *db.Tx, id int64) (Mirror, error) {
	collection, err := s.catalog.ByID(ctx, tx, id)
	if err != nil {
		return Mirror{}, err
	}
	return s.of(ctx, tx, collection)
}

// Kept is ByID without dropped mirrors: they are problem.NotFound.
func (s *Store) Kept(ctx context.Context, tx *db.Tx, id int64) (Mirror, error) {
	m, err := s.ByID(ctx, tx, id)
	if err != nil {
		return Mirror{}, err
	}
	named, err := s.Get(ctx, tx, m.Collection.Name)
	if err == nil && named.Collection.ID != id { // another mirror has its name now
		err = problem.New(problem.NotFound, "the mirror %q was dropped", m.Collection.Name)
	}
	return named, err
}

// List returns at most limit mirrors, sorted by name, that follow the name after.
func (s *Store) List(ctx context.Context, tx *db.Tx, after string, limit int) ([]Mirror, error) {
	collections, err := s.catalog.List(ctx, tx, catalog.Mirror, after, limit)
	if err != nil {
		return nil, err
	}
	list := make([]Mirror, len(collections))
	for i, c := range collections {
		if list[i], err = s.of(ctx, tx, c); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// described returns the collection with the upstream's own description, which its publications and
// snapshots inherit.
func (m Mirror) described() catalog.Collection {
	c := m.Collection
	c.Distribution = ""
	if !m.Config.Flat() {
		c.Distribution = m.Config.Suite
	}
	c.Origin = m.State.Meta["Origin"]
	c.NotAutomatic = m.State.Meta["NotAutomatic"] == "yes"
	c.ButAutomaticUpgrades = m.State.Meta["ButAutomaticUpgrades"] == "yes"
	return c
}

// Save stores the configuration and the state of a mirror, and the resulting description of its
// collection.
func (s *Store) Save(ctx context.Context, tx *db.Tx, m Mirror) error {
	m.Config = m.Config.Expanded()
	if err := m.Config.Check(); err != nil {
		return err
	}
	config, state, err := m.encode()
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE mirror SET config = $1, state = $2 WHERE collection_id = $3", config, state, m.Collection.ID); err != nil {
		return fmt.Errorf("storing mirror %s: %w", m.Collection.Name, err)
	}
	if c := m.described(); c != m.Collection {
		return s.catalog.Edit(ctx, tx, c)
	}
	return nil
}
