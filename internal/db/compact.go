package db

import (
	"context"
	"fmt"
)

// Compact updates the engine's statistics for planning queries, and moves the write-ahead log into
// the file, which frees its space. Readers and writers continue meanwhile; the part of the log that
// they still need stays.
func (d *DB) Compact(ctx context.Context) error {
	c, err := d.writer.free(ctx)
	if err != nil {
		return err
	}
	if c == nil {
		raw, err := d.writer.source.Conn(ctx)
		if err != nil {
			d.writer.put(nil)
			return fmt.Errorf("compacting the database: %w", d.dialect.explain(err))
		}
		c = newConn(raw)
	}
	defer d.writer.put(c)
	for _, statement := range []string{"PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := c.raw.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("compacting the database: %w", d.dialect.explain(err))
		}
	}
	return nil
}
