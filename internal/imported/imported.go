// Package imported records imports from other programs, so that an import can be repeated: it
// finds existing objects by their original name, even if they were renamed, and keeps the
// changes that people made since.
package imported

import (
	"context"
	"embed"
	"errors"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the table of imports.
func Schema() db.Schema { return db.Schema{Name: "imported", Migrations: migrations} }

// Record maps an object of another program to a local one.
type Record struct {
	Source  string // the program and, if necessary, its location
	Subject string // the permanent name of the object there
	Local   int64  // the id of the local collection or publication
	// Revision is the revision of the collection that the last import created.
	Revision int64
	// Members are the imported members; people may have removed some since.
	Members bitset.Set
}

// Find returns the record of an object; found reports whether there is one.
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
	return r, err == nil, problem.While(err, "reading the import of %s of %s", subject, source)
}

// Put stores a record, and replaces the earlier record of its object.
func Put(ctx context.Context, tx *db.Tx, r Record) error {
	_, err := tx.Exec(ctx, `INSERT INTO imported (source, subject, local_id, revision, members) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (source, subject) DO UPDATE SET local_id = excluded.local_id, revision = excluded.revision, members = excluded.members`,
		r.Source, r.Subject, r.Local, r.Revision, r.Members.Encode())
	return problem.While(err, "storing the import of %s of %s", r.Subject, r.Source)
}
