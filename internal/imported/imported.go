// Package imported remembers what was brought over from other programs, so that
// an import can be done again: what is here already is known by the name that it
// has there, whatever it is called here by now, and what people did with it here
// is left alone.
package imported

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the table of what was imported.
func Schema() db.Schema { return db.Schema{Name: "imported", Migrations: migrations} }

// Record says that a thing of another program is one of ours.
type Record struct {
	Source  string // the program and, where it needs that to name things, the place
	Subject string // names the thing there for ever
	Local   int64  // the number of our collection or publication
	// Revision is that of our collection which the last import made.
	Revision int64
	// Members are those that imports brought; people may have removed some since.
	Members bitset.Set
}

// Find returns the record of a thing; found reports whether there is one.
func Find(ctx context.Context, tx *db.Tx, source, subject string) (r Record, found bool, err error) {
	r = Record{Source: source, Subject: subject}
	var members []byte
	err = tx.QueryRow(ctx, "SELECT local_id, revision, members FROM imported WHERE source = $1 AND subject = $2", source, subject).
		Scan(&r.Local, &r.Revision, &members)
	if errors.Is(err, db.ErrNoRows) {
		return r, false, nil
	}
	if err == nil {
		r.Members, err = bitset.Decode(members)
	}
	if err != nil {
		return r, false, fmt.Errorf("looking up what was imported as %s of %s: %w", subject, source, err)
	}
	return r, true, nil
}

// Put stores a record, in place of the one that its thing had.
func Put(ctx context.Context, tx *db.Tx, r Record) error {
	_, err := tx.Exec(ctx, `INSERT INTO imported (source, subject, local_id, revision, members) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (source, subject) DO UPDATE SET local_id = excluded.local_id, revision = excluded.revision, members = excluded.members`,
		r.Source, r.Subject, r.Local, r.Revision, r.Members.Encode())
	if err != nil {
		return fmt.Errorf("storing what was imported as %s of %s: %w", r.Subject, r.Source, err)
	}
	return nil
}
