package main

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"

	"github.com/aptarium/aptarium/internal/db"
)

// sizes are what a data folder holds.
type sizes struct {
	database, pool, blobs int64
	tables                map[string]int64
}

// look takes the sizes of a data folder whose database is open.
func look(ctx context.Context, d *db.DB, dir string) (s sizes, err error) {
	if err := d.Compact(ctx); err != nil {
		return s, err
	}
	err = d.Read(ctx, func(tx *db.Tx) error {
		s.tables = map[string]int64{}
		type table struct {
			name  string
			bytes int64
		}
		// dbstat is a table of SQLite's that counts pages (https://sqlite.org/dbstat.html).
		list, err := db.All(ctx, tx, func(row db.Scanner) (t table, err error) { err = row.Scan(&t.name, &t.bytes); return t, err },
			"SELECT name, SUM(pgsize) FROM dbstat GROUP BY name")
		for _, t := range list {
			s.tables[t.name] = t.bytes
			s.database += t.bytes
		}
		return err
	})
	if err != nil {
		return s, fmt.Errorf("counting the pages of the database: %w", err)
	}
	for _, folder := range []string{"pool", "staged"} {
		err := filepath.WalkDir(filepath.Join(dir, folder), func(_ string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			info, err := entry.Info()
			if err == nil {
				s.blobs++
				s.pool += info.Size()
			}
			return err
		})
		if err != nil {
			return s, fmt.Errorf("counting the pool: %w", err)
		}
	}
	return s, nil
}

// since returns the growth of a folder in a number of steps.
func (s sizes) since(before sizes, steps int) growth {
	g := growth{steps: steps, database: s.database - before.database, pool: s.pool - before.pool, blobs: s.blobs - before.blobs, tables: maps.Clone(s.tables)}
	for name, bytes := range before.tables {
		g.tables[name] -= bytes
	}
	return g
}
