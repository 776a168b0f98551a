// Package db is the relational store under everything that Aptarium knows:
// database/sql with one SQL text for every engine.
//
// # How the domain uses it
//
// A domain package owns its tables. It embeds numbered scripts and hands them
// over as a [Schema]; [Open] applies those that are missing:
//
//	//go:embed migrations
//	var migrations embed.FS
//
//	func Schema() db.Schema { return db.Schema{Name: "catalog", Migrations: migrations} }
//
// A migration that has to decode what it changes is a function, a [Step].
//
// Its methods take a [Tx] and never begin one themselves, so that the door
// above can join several of them in one transaction:
//
//	err := d.Tx(ctx, func(tx *db.Tx) error {
//		at, err := tx.Now(ctx)
//		…
//		_, err = tx.Exec(ctx, `INSERT INTO revision(collection_id, number, at) VALUES ($1, $2, $3)`, id, n, at)
//		return err
//	})
//
// [DB.Read] gives one consistent snapshot and never waits for a writer.
//
// # SQL that every engine understands
//
// Placeholders are $1, $2, … (also repeated and out of order). ON CONFLICT,
// RETURNING, common table expressions, window functions and partial indexes
// are common ground. Times are BIGINT microseconds since 1970 in UTC and come
// from [Tx.Now]; ids are BIGINT, dense ones from [Tx.Allocate]; JSON is TEXT
// and decoded in Go. Not common, so not used: now(), greatest() or max() of
// two values, arrays, ILIKE, and going on after a failed statement: as in
// PostgreSQL, a statement that fails spoils its transaction.
//
// # SQLite
//
// The embedded engine runs in WAL mode with one connection that writes and a
// few that read. Commits are synchronous=FULL: when Tx returns, the change
// survives a power cut. (NORMAL would save one fsync a commit, but might undo
// the last commits, and with them a publication that clients have seen.)
// Page caches are small on purpose, 8 MB for the writer and 2 MB for each
// reader, and nothing is memory-mapped: the kernel's page cache does the rest
// without counting as the program's own memory.
package db
