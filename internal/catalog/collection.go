package catalog

import (
	"context"
	"fmt"
	"regexp"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Kind is the kind of a collection: it decides how members are added.
type Kind string

// The kinds of collections, each a name space of its own.
const (
	Mirror   Kind = "mirror"   // follows an upstream
	Repo     Kind = "repo"     // people add and remove packages
	Snapshot Kind = "snapshot" // never changes
)

// Collection is a named set of packages with its history.
type Collection struct {
	ID          int64
	Kind        Kind
	Name        string
	Description string
	Component   string // of a repo's packages that name no component
	// Distribution is the default distribution of publications: set by a repo's users, or a
	// mirror's suite.
	Distribution string
	// Origin, NotAutomatic and ButAutomaticUpgrades are fields of the upstream's Release file
	// (apt-secure(8), apt_preferences(5)). Snapshots inherit them.
	Origin                             string
	NotAutomatic, ButAutomaticUpgrades bool
	Head                               int64 // number of the newest revision; 0 when empty from the start
	CreatedAt                          int64 // microseconds since 1970
	Retention                          Retention
}

// View returns the collection's newest view.
func (c Collection) View() View { return View{c.ID, c.Head} }

// Ref returns the collection's reference for people: "mirror:bookworm".
func (c Collection) Ref() string { return string(c.Kind) + ":" + c.Name }

// namePattern matches valid names: they appear in URLs and on command lines.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+~-]{0,199}$`)

// CheckName refuses names that need quoting anywhere.
func CheckName(field, name string) error {
	if !namePattern.MatchString(name) {
		return problem.New(problem.Invalid, "%q is not a name", name).In(field).
			WithHint("use letters, digits and . _ + ~ -, starting with a letter or digit, at most 200")
	}
	return nil
}

// Create creates an empty collection. A name in use is a conflict.
func (s *Store) Create(ctx context.Context, tx *db.Tx, c Collection) (Collection, error) {
	if err := CheckName("name", c.Name); err != nil {
		return Collection{}, err
	}
	err := s.free(ctx, tx, c.Kind, c.Name)
	if err != nil {
		return Collection{}, err
	}
	if c.ID, c.CreatedAt, err = tx.NewRow(ctx, "collection"); err != nil {
		return Collection{}, err
	}
	c.Head = 0
	if err := c.Retention.Check(); err != nil {
		return Collection{}, err
	}
	retention, err := EncodeRetention(c.Retention)
	if err != nil {
		return Collection{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO collection (`+collectionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11)`, c.ID, string(c.Kind), c.Name, c.Description, c.Component,
		c.Distribution, c.Origin, c.NotAutomatic, c.ButAutomaticUpgrades, c.CreatedAt, retention)
	return c, problem.While(err, "storing %s", c.Ref())
}

const collectionColumns = "id, kind, name, description, component, distribution, origin, not_automatic, but_automatic_upgrades, head, created_at, retention"

func scanCollection(row db.Scanner) (c Collection, err error) {
	var retention string
	err = row.Scan(&c.ID, &c.Kind, &c.Name, &c.Description, &c.Component,
		&c.Distribution, &c.Origin, &c.NotAutomatic, &c.ButAutomaticUpgrades, &c.Head, &c.CreatedAt, &retention)
	if err != nil {
		return c, err
	}
	c.Retention, err = DecodeRetention(retention)
	return c, err
}

// ByName returns a collection that was not dropped; none is problem.NotFound.
func (s *Store) ByName(ctx context.Context, tx *db.Tx, kind Kind, name string) (Collection, error) {
	found, err := db.All(ctx, tx, scanCollection,
		"SELECT "+collectionColumns+" FROM collection WHERE kind = $1 AND name = $2 AND dropped_at IS NULL", string(kind), name)
	return db.First(found, problem.While(err, "looking up %s %q", kind, name),
		problem.New(problem.NotFound, "there is no %s %q", kind, name).
			WithHint("`aptarium %s list` shows those there are", kind))
}

// ByNameAt returns the collection with a name that existed at the end of an instant, in
// microseconds since 1970, even if it was dropped later; none is problem.NotFound. The name is the
// current one, or the one at the drop.
func (s *Store) ByNameAt(ctx context.Context, tx *db.Tx, kind Kind, name string, at int64) (Collection, error) {
	found, err := db.All(ctx, tx, scanCollection, "SELECT "+collectionColumns+` FROM collection
		WHERE kind = $1 AND name = $2 AND created_at <= $3 AND (dropped_at IS NULL OR dropped_at > $3) ORDER BY created_at DESC`, string(kind), name, at)
	return db.First(found, problem.While(err, "looking up %s %q", kind, name),
		problem.New(problem.NotFound, "the %s %q was not there then", kind, name).
			WithHint("`aptarium %s list` shows those there are now, and since when", kind))
}

// Current returns a collection by id, dropped or not, with the members of its newest revision.
func (s *Store) Current(ctx context.Context, tx *db.Tx, id int64) (Collection, bitset.Set, error) {
	c, err := s.ByID(ctx, tx, id)
	if err != nil {
		return c, bitset.Set{}, err
	}
	members, err := s.Set(ctx, tx, c.View())
	return c, members, err
}

// ByID returns a collection, even if it was dropped.
func (s *Store) ByID(ctx context.Context, tx *db.Tx, id int64) (Collection, error) {
	found, err := db.All(ctx, tx, scanCollection, "SELECT "+collectionColumns+" FROM collection WHERE id = $1", id)
	return db.First(found, problem.While(err, "looking up collection %d", id),
		problem.New(problem.NotFound, "there is no collection %d", id))
}

// List returns at most limit collections of a kind, sorted by name, that follow the name after.
func (s *Store) List(ctx context.Context, tx *db.Tx, kind Kind, after string, limit int) ([]Collection, error) {
	list, err := db.All(ctx, tx, scanCollection, "SELECT "+collectionColumns+` FROM collection
		WHERE kind = $1 AND name > $2 AND dropped_at IS NULL ORDER BY name LIMIT $3`, string(kind), after, limit)
	return list, problem.While(err, "listing every %s", kind)
}

// Rename renames a collection. A name in use is a conflict.
func (s *Store) Rename(ctx context.Context, tx *db.Tx, c Collection, to string) (Collection, error) {
	if err := CheckName("name", to); err != nil {
		return Collection{}, err
	}
	if to == c.Name {
		return c, nil
	}
	if err := s.free(ctx, tx, c.Kind, to); err != nil {
		return Collection{}, err
	}
	if _, err := tx.Exec(ctx, "UPDATE collection SET name = $1 WHERE id = $2", to, c.ID); err != nil {
		return Collection{}, fmt.Errorf("renaming %s: %w", c.Ref(), err)
	}
	c.Name = to
	return c, nil
}

// Edit stores a collection's description, component, distribution, origin, NotAutomatic and
// ButAutomaticUpgrades. The other fields of c must be unchanged.
func (s *Store) Edit(ctx context.Context, tx *db.Tx, c Collection) error {
	_, err := tx.Exec(ctx, `UPDATE collection SET description = $1, component = $2, distribution = $3, origin = $4,
		not_automatic = $5, but_automatic_upgrades = $6 WHERE id = $7`,
		c.Description, c.Component, c.Distribution, c.Origin, c.NotAutomatic, c.ButAutomaticUpgrades, c.ID)
	return problem.While(err, "editing %s", c.Ref())
}

// free refuses a name in use.
func (s *Store) free(ctx context.Context, tx *db.Tx, kind Kind, name string) error {
	_, err := s.ByName(ctx, tx, kind, name)
	switch {
	case err == nil:
		return problem.New(problem.Conflict, "there is a %s %q already", kind, name).In("name").
			WithHint("choose another name, or drop that one first")
	case problem.Is(err, problem.NotFound):
		return nil
	}
	return err
}

// Drop drops a collection, so that its name is free. Its history stays for its snapshots and
// releases.
func (s *Store) Drop(ctx context.Context, tx *db.Tx, c Collection) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE collection SET dropped_at = $1 WHERE id = $2 AND dropped_at IS NULL", now, c.ID)
	return problem.While(err, "dropping %s", c.Ref())
}
