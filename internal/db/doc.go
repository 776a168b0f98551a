// Package db is the relational store of Aptarium: database/sql with one SQL text for every engine.
//
// # Use by the domain
//
// A domain package owns its tables. It embeds numbered scripts as a [Schema]; [Open] applies the
// missing ones:
//
//	//go:embed migrations
//	var migrations embed.FS
//
//	func Schema() db.Schema { return db.Schema{Name: "catalog", Migrations: migrations} }
//
// A migration that must decode the data that it changes is a function, a [Step].
//
// Its methods have a parameter [Tx] and never begin a transaction, so that the door can call several
// methods in one transaction:
//
//	err := d.Tx(ctx, func(tx *db.Tx) error {
//		at, err := tx.Now(ctx)
//		…
//		_, err = tx.Exec(ctx, `INSERT INTO revision(collection_id, number, at) VALUES ($1, $2, $3)`, id, n, at)
//		return err
//	})
//
// [DB.Read] provides one consistent snapshot, and never waits for a writer.
//
// # SQL for every engine
//
// Placeholders are $1, $2, … (also repeated and out of order). ON CONFLICT,
// RETURNING, common table expressions, window functions and partial indexes
// are supported by all engines. Times are BIGINT microseconds since 1970 in UTC and come from
// [Tx.Now]; ids are BIGINT, dense ones from [Tx.Allocate]; JSON is TEXT and decoded in Go. Do not use
// now(), greatest() or max() of two values, arrays and ILIKE, and do not continue after a failed
// statement: as in PostgreSQL, it fails its transaction.
//
// # SQLite
//
// The embedded engine runs in WAL mode with one write connection and a few read connections. Commits
// are synchronous=FULL: when Tx returns, the change survives a power failure. (NORMAL would save one
// fsync per commit, but could lose the last commits, and with them a publication that clients have
// seen.) Page caches are small, 8 MB for the writer and 2 MB for each reader, and nothing is
// memory-mapped: the kernel's page cache is enough, and does not count as the program's memory.
package db
