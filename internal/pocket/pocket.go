package pocket

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Mode is the source of a pocket's packages.
type Mode string

// The modes.
const (
	Mirror Mode = "mirror" // an upstream
	Pull   Mode = "pull"   // another pocket, at each pull
	Upload Mode = "upload" // uploads
)

// Filter is the kind of a pulling pocket's filters.
type Filter string

// The kinds of filters.
const (
	NoFilter  Filter = ""
	Allowlist Filter = "allowlist" // packages with these names, and no others
	Blocklist Filter = "blocklist" // packages without these names
)

// ParseFilter parses a kind of filter, also its old name. Another word is a problem of kind
// Invalid.
func ParseFilter(word string) (Filter, error) {
	switch word {
	case "":
		return NoFilter, nil
	case "allowlist", "whitelist":
		return Allowlist, nil
	case "blocklist", "blacklist":
		return Blocklist, nil
	}
	return NoFilter, problem.Because(problem.New(problem.Invalid, "%q is not a kind of filter", word).In("filter_type").
		WithHint("use allowlist or blocklist"), InvalidFilter)
}

// Settings are the settings of a pocket. Keys are named by their fingerprints.
type Settings struct {
	Components    []string `json:"components"`
	Architectures []string `json:"architectures"` // "source" means source packages
	UDebs         bool     `json:"udebs,omitempty"`
	Key           string   `json:"key"` // signs the suite
	// MirrorKey signs the upstream of a mirror; empty means the keys that this machine
	// trusts.
	MirrorKey string `json:"mirror_key,omitempty"`
	// PullSeries and PullPocket name the origin of a pull, in the same distribution.
	PullSeries string   `json:"pull_series,omitempty"`
	PullPocket string   `json:"pull_pocket,omitempty"`
	Filter     Filter   `json:"filter,omitempty"`
	Filters    []string `json:"filters,omitempty"` // names of packages, sorted
	// AllowUnsigned accepts unsigned uploads; else one of Uploaders must sign them.
	AllowUnsigned bool     `json:"allow_unsigned,omitempty"`
	Uploaders     []string `json:"uploaders,omitempty"`
}

// Origin returns the path of the pocket from which a pull copies.
func (s Settings) Origin(distribution string) Path {
	return Path{Distribution: distribution, Series: s.PullSeries, Pocket: s.PullPocket}
}

// Pocket is a part of a series.
type Pocket struct {
	ID          int64
	Series      int64
	Name        string
	Mode        Mode
	Collection  int64
	Publication int64
	CreatedAt   int64 // microseconds since 1970
	Settings
}

// Needs returns a problem of kind Conflict if the pocket has another mode.
func (p Pocket) Needs(mode Mode) error {
	if p.Mode == mode {
		return nil
	}
	return problem.Because(problem.New(problem.Conflict, "the pocket %s has the mode %s, and this is for pockets of the mode %s", p.Name, p.Mode, mode).In("name"), InvalidMode)
}

// CheckFree checks that a name is valid and unused in the series. A used name is
// problem.Conflict.
func (Store) CheckFree(ctx context.Context, tx *db.Tx, s Series, name string) error {
	if err := CheckName("name", name); err != nil {
		return err
	}
	known, err := pockets(ctx, tx, "series_id = $1 AND name = $2", s.ID, name)
	if err == nil && len(known) > 0 {
		err = problem.Because(problem.New(problem.Conflict, "%s has a pocket %s already", s.Name, name).In("name"), Duplicate)
	}
	return err
}

// Add stores a pocket.
func (Store) Add(ctx context.Context, tx *db.Tx, p Pocket) (Pocket, error) {
	settings, err := json.Marshal(p.Settings)
	if err != nil {
		return p, fmt.Errorf("encoding the pocket %s: %w", p.Name, err)
	}
	if p.ID, p.CreatedAt, err = tx.NewRow(ctx, "pocket"); err != nil {
		return p, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO pocket (id, series_id, name, mode, collection_id, publication_id, settings, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, p.ID, p.Series, p.Name, string(p.Mode), p.Collection, p.Publication, string(settings), p.CreatedAt)
	return p, problem.While(err, "storing the pocket %s", p.Name)
}

// Get returns a pocket of a series, or problem.NotFound in the field.
func (Store) Get(ctx context.Context, tx *db.Tx, s Series, field, name string) (Pocket, error) {
	found, err := pockets(ctx, tx, "series_id = $1 AND name = $2", s.ID, name)
	return db.First(found, err, problem.Because(problem.New(problem.NotFound, "%s has no pocket %q", s.Name, name).In(field), Unknown))
}

// All returns the pockets of a series, sorted by name.
func (Store) All(ctx context.Context, tx *db.Tx, s Series) ([]Pocket, error) {
	return pockets(ctx, tx, "series_id = $1 ORDER BY name", s.ID)
}

// Naming returns the pockets that use a key: to sign, to verify an upstream, or as uploader.
func (Store) Naming(ctx context.Context, tx *db.Tx, fingerprint string) ([]Pocket, error) {
	all, err := pockets(ctx, tx, "1 = 1 ORDER BY id")
	return slices.DeleteFunc(all, func(p Pocket) bool {
		return p.Key != fingerprint && p.MirrorKey != fingerprint && !slices.Contains(p.Uploaders, fingerprint)
	}), err
}

// Save stores the settings of a pocket.
func (Store) Save(ctx context.Context, tx *db.Tx, p Pocket) error {
	settings, err := json.Marshal(p.Settings)
	if err != nil {
		return fmt.Errorf("encoding the pocket %s: %w", p.Name, err)
	}
	_, err = tx.Exec(ctx, "UPDATE pocket SET settings = $1 WHERE id = $2", string(settings), p.ID)
	return problem.While(err, "storing the pocket %s", p.Name)
}

// Drop deletes a pocket.
func (Store) Drop(ctx context.Context, tx *db.Tx, p Pocket) error {
	_, err := tx.Exec(ctx, "DELETE FROM pocket WHERE id = $1", p.ID)
	return problem.While(err, "dropping the pocket %s", p.Name)
}

func pockets(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Pocket, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (p Pocket, err error) {
		var settings string
		if err := row.Scan(&p.ID, &p.Series, &p.Name, &p.Mode, &p.Collection, &p.Publication, &settings, &p.CreatedAt); err != nil {
			return p, err
		}
		err = json.Unmarshal([]byte(settings), &p.Settings)
		return p, problem.While(err, "the settings of the pocket %s", p.Name)
	}, "SELECT id, series_id, name, mode, collection_id, publication_id, settings, created_at FROM pocket WHERE "+where, args...)
	return list, problem.While(err, "reading pockets")
}
