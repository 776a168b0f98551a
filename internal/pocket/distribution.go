package pocket

import (
	"context"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Distribution is a flavour of Linux, such as ubuntu, whose series share one tree.
type Distribution struct {
	ID          int64
	Name        string
	AccessGroup string // rights in it apply to the distribution
	CreatedAt   int64  // microseconds since 1970
}

// Series is a release of a distribution, such as noble.
type Series struct {
	ID           int64
	Distribution int64
	Name         string
	CreatedAt    int64 // microseconds since 1970
}

// AddDistribution stores a distribution without series. An existing name is problem.Conflict.
func (Store) AddDistribution(ctx context.Context, tx *db.Tx, name, group string) (d Distribution, err error) {
	if err := CheckName("name", name); err != nil {
		return d, err
	}
	known, err := distributions(ctx, tx, "name = $1", name)
	if err != nil {
		return d, err
	}
	if len(known) > 0 {
		return d, problem.Because(problem.New(problem.Conflict, "there is a distribution %s already", name).In("name"), DuplicateDistribution)
	}
	d = Distribution{Name: name, AccessGroup: group}
	if d.ID, d.CreatedAt, err = tx.NewRow(ctx, "distribution"); err != nil {
		return d, err
	}
	_, err = tx.Exec(ctx, "INSERT INTO distribution (id, name, access_group, created_at) VALUES ($1, $2, $3, $4)",
		d.ID, d.Name, d.AccessGroup, d.CreatedAt)
	return d, problem.While(err, "storing the distribution %s", name)
}

// Distribution returns a distribution, or problem.NotFound.
func (Store) Distribution(ctx context.Context, tx *db.Tx, name string) (Distribution, error) {
	found, err := distributions(ctx, tx, "name = $1", name)
	return db.First(found, err, problem.Because(problem.New(problem.NotFound, "there is no distribution %q", name).In("distribution").
		WithHint("`aptarium distribution list` shows which there are"), UnknownDistribution))
}

// Distributions returns up to limit distributions after a name, sorted by name.
func (Store) Distributions(ctx context.Context, tx *db.Tx, after string, limit int) ([]Distribution, error) {
	return distributions(ctx, tx, "name > $1 ORDER BY name LIMIT $2", after, int64(limit))
}

// DropDistribution deletes a distribution without series.
func (Store) DropDistribution(ctx context.Context, tx *db.Tx, d Distribution) error {
	_, err := tx.Exec(ctx, "DELETE FROM distribution WHERE id = $1", d.ID)
	return problem.While(err, "dropping the distribution %s", d.Name)
}

// InGroup returns the distributions of an access group.
func (Store) InGroup(ctx context.Context, tx *db.Tx, group string) ([]Distribution, error) {
	return distributions(ctx, tx, "access_group = $1 ORDER BY name", group)
}

// Regroup moves the distributions of an access group into another.
func (Store) Regroup(ctx context.Context, tx *db.Tx, from, to string) error {
	_, err := tx.Exec(ctx, "UPDATE distribution SET access_group = $1 WHERE access_group = $2", to, from)
	return problem.While(err, "moving the distributions of the access group %s", from)
}

func distributions(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Distribution, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (d Distribution, err error) {
		err = row.Scan(&d.ID, &d.Name, &d.AccessGroup, &d.CreatedAt)
		return d, err
	}, "SELECT id, name, access_group, created_at FROM distribution WHERE "+where, args...)
	return list, problem.While(err, "reading distributions")
}

// AddSeries stores a series without pockets. An existing name is problem.Conflict.
func (Store) AddSeries(ctx context.Context, tx *db.Tx, d Distribution, name string) (s Series, err error) {
	if err := CheckName("name", name); err != nil {
		return s, err
	}
	known, err := series(ctx, tx, "distribution_id = $1 AND name = $2", d.ID, name)
	if err != nil {
		return s, err
	}
	if len(known) > 0 {
		return s, problem.Because(problem.New(problem.Conflict, "%s has a series %s already", d.Name, name).In("name"), DuplicateSeries)
	}
	s = Series{Distribution: d.ID, Name: name}
	if s.ID, s.CreatedAt, err = tx.NewRow(ctx, "series"); err != nil {
		return s, err
	}
	_, err = tx.Exec(ctx, "INSERT INTO series (id, distribution_id, name, created_at) VALUES ($1, $2, $3, $4)",
		s.ID, s.Distribution, s.Name, s.CreatedAt)
	return s, problem.While(err, "storing the series %s", name)
}

// Series returns a series of a distribution, or problem.NotFound in the field.
func (Store) Series(ctx context.Context, tx *db.Tx, d Distribution, field, name string) (Series, error) {
	found, err := series(ctx, tx, "distribution_id = $1 AND name = $2", d.ID, name)
	return db.First(found, err,
		problem.Because(problem.New(problem.NotFound, "%s has no series %q", d.Name, name).In(field), UnknownSeries))
}

// AllSeries returns the series of a distribution, sorted by name.
func (Store) AllSeries(ctx context.Context, tx *db.Tx, d Distribution) ([]Series, error) {
	return series(ctx, tx, "distribution_id = $1 ORDER BY name", d.ID)
}

// DropSeries deletes a series without pockets.
func (Store) DropSeries(ctx context.Context, tx *db.Tx, s Series) error {
	_, err := tx.Exec(ctx, "DELETE FROM series WHERE id = $1", s.ID)
	return problem.While(err, "dropping the series %s", s.Name)
}

func series(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Series, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (s Series, err error) {
		err = row.Scan(&s.ID, &s.Distribution, &s.Name, &s.CreatedAt)
		return s, err
	}, "SELECT id, distribution_id, name, created_at FROM series WHERE "+where, args...)
	return list, problem.While(err, "reading series")
}
