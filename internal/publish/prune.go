package publish

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// Data that releases share is deleted after the last release that has it. All of it is a cache or
// named by its content, so a concurrent build stores again what it reuses: see [Store.Commit].

// Leavings are rows that nothing refers to.
type Leavings struct {
	tables []int64
	nodes  []digest.SHA256
	newest int64 // of the checked tables
}

// Len returns the number of rows.
func (l Leavings) Len() int { return len(l.tables) + len(l.nodes) }

// Forgo deletes the bases of indexes that no publication has any more, and the takeovers of deleted
// publications. It needs one short transaction.
func (s *Store) Forgo(ctx context.Context, tx *db.Tx) (bases int64, err error) {
	bases, err = tx.Exec(ctx, `DELETE FROM index_checkpoint WHERE NOT EXISTS (
		SELECT 1 FROM release_file f JOIN publication p ON p.id = f.publication_id AND p.dropped_at IS NULL
		WHERE f.publication_id = index_checkpoint.publication_id AND f.until = $1 AND f.chunk_table = index_checkpoint.chunk_table)`, int64(current))
	if err != nil {
		return 0, fmt.Errorf("deleting bases of indexes: %w", err)
	}
	_, err = tx.Exec(ctx, `DELETE FROM takeover WHERE NOT EXISTS (
		SELECT 1 FROM release r WHERE r.publication_id = takeover.publication_id AND r.number >= takeover.release)`)
	return bases, problem.While(err, "deleting takeovers")
}

// Leavings returns the unused chunk tables, and the nodes that no used table has.
func (s *Store) Leavings(ctx context.Context, tx *db.Tx) (l Leavings, err error) {
	type row struct {
		id     int64
		nodes  []byte
		needed bool
	}
	needed := map[digest.SHA256]bool{}
	for r, err := range db.Each(ctx, tx, func(sc db.Scanner) (r row, err error) { err = sc.Scan(&r.id, &r.nodes, &r.needed); return r, err },
		"SELECT id, nodes, "+tableIsNeeded+" FROM chunk_table t") {
		if err != nil {
			return l, fmt.Errorf("reading chunk tables: %w", err)
		}
		l.newest = max(l.newest, r.id)
		if !r.needed {
			l.tables = append(l.tables, r.id)
			continue
		}
		for name := range slices.Chunk(r.nodes, len(digest.SHA256{})) {
			needed[digest.SHA256(name)] = true
		}
	}
	for name, err := range db.Each(ctx, tx, db.Value[digest.SHA256], "SELECT sha256 FROM chunk_node") {
		if err != nil {
			return l, fmt.Errorf("reading chunk tables: %w", err)
		}
		if !needed[name] {
			l.nodes = append(l.nodes, name)
		}
	}
	return l, nil
}

const tableIsNeeded = `(EXISTS (SELECT 1 FROM release_file f WHERE f.chunk_table = t.id)
	OR EXISTS (SELECT 1 FROM index_checkpoint c WHERE c.chunk_table = t.id))`

// pruneBatch is the number of rows that one transaction deletes.
const pruneBatch = 500

// Prune deletes a batch of the leavings, and returns the rest and the number of deleted rows. Call
// it, each time in a transaction of its own, until the rest is empty. Rows that are used again by
// then stay.
func (s *Store) Prune(ctx context.Context, tx *db.Tx, l Leavings) (rest Leavings, gone int, err error) {
	rest = l
	if n := min(len(l.tables), pruneBatch); n > 0 {
		rest.tables = l.tables[n:]
		gone, err = dropTables(ctx, tx, l.tables[:n])
		return rest, gone, err
	}
	n := min(len(l.nodes), pruneBatch)
	rest.nodes = l.nodes[n:]
	gone, err = dropNodes(ctx, tx, l.nodes[:n], l.newest)
	return rest, gone, err
}

func dropTables(ctx context.Context, tx *db.Tx, ids []int64) (gone int, err error) {
	n, err := db.ExecIn(ctx, tx, ids, "DELETE FROM chunk_table AS t WHERE id IN () AND NOT "+tableIsNeeded)
	return int(n), problem.While(err, "deleting chunk tables")
}

// dropNodes deletes nodes, except those of tables newer than newest.
func dropNodes(ctx context.Context, tx *db.Tx, names []digest.SHA256, newest int64) (gone int, err error) {
	fresh, err := db.All(ctx, tx, db.Value[[]byte], "SELECT nodes FROM chunk_table WHERE id > $1", newest)
	if err != nil {
		return 0, fmt.Errorf("reading chunk tables: %w", err)
	}
	needed := map[digest.SHA256]bool{}
	for _, nodes := range fresh {
		for name := range slices.Chunk(nodes, len(digest.SHA256{})) {
			needed[digest.SHA256(name)] = true
		}
	}
	names = slices.DeleteFunc(slices.Clone(names), func(d digest.SHA256) bool { return needed[d] })
	n, err := db.ExecIn(ctx, tx, names, "DELETE FROM chunk_node WHERE sha256 IN ()")
	return int(n), problem.While(err, "deleting nodes of chunk tables")
}

// Blobs returns the blobs below dists/ of every release: whole files and pieces of indexes. It may
// repeat a blob.
func (s *Store) Blobs(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return func(yield func(digest.SHA256, error) bool) {
		whole := func(row db.Scanner) (d digest.SHA256, err error) {
			var format string
			err = row.Scan(&d, &format)
			if from, is := index.ParsePacked(format); is {
				d = from.Blob
			}
			return d, err
		}
		for d, err := range db.Each(ctx, tx, whole, "SELECT DISTINCT sha256, format FROM release_file WHERE chunk_table IS NULL") {
			if !yield(d, err) || err != nil {
				return
			}
		}
		for d, err := range index.Pieces(ctx, tx) {
			if !yield(d, err) {
				return
			}
		}
	}
}

// Links returns the blobs that endpoints may have links to, from files that earlier releases left
// there. It may repeat a blob.
func (s *Store) Links(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return db.Each(ctx, tx, db.Value[digest.SHA256], "SELECT DISTINCT sha256 FROM leftover WHERE sha256 IS NOT NULL")
}
