package publish

import (
	"context"
	"fmt"
	"iter"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
)

// Blobs gives the blobs of the dists half of every release: whole files and
// pieces of indexes. A blob may come more than once.
func (s *Store) Blobs(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return func(yield func(digest.SHA256, error) bool) {
		whole := func(row db.Scanner) (d digest.SHA256, err error) {
			var format string
			err = row.Scan(&d, &format)
			if from, is := packedIn(format); is {
				d = from.blob
			}
			return d, err
		}
		for d, err := range db.Each(ctx, tx, whole, "SELECT DISTINCT sha256, format FROM release_file WHERE chunk_table IS NULL") {
			if !yield(d, err) || err != nil {
				return
			}
		}
		for data, err := range db.Each(ctx, tx, db.Value[[]byte], "SELECT chunks FROM chunk_node") {
			if err != nil {
				yield(digest.SHA256{}, fmt.Errorf("reading chunk tables: %w", err))
				return
			}
			chunks, err := decodeChunks(data)
			if err != nil {
				yield(digest.SHA256{}, err)
				return
			}
			for _, c := range chunks {
				for _, p := range c.pieces {
					if !yield(p.SHA256, nil) {
						return
					}
				}
			}
		}
	}
}

// Links gives the blobs that places may have links to, of files which earlier
// releases left there. A blob may come more than once.
func (s *Store) Links(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return db.Each(ctx, tx, db.Value[digest.SHA256], "SELECT DISTINCT sha256 FROM leftover WHERE sha256 IS NOT NULL")
}
