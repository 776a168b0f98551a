package publish

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// What releases shared goes when the last one that had it is gone. All of it is a
// cache or named by its content, so a release that is being built meanwhile stores
// again what it takes from there: see [Store.Commit].

// Leavings are rows that nothing refers to.
type Leavings struct {
	tables []int64
	nodes  []digest.SHA256
	newest int64 // of the tables that were looked at
}

// Len counts them.
func (l Leavings) Len() int { return len(l.tables) + len(l.nodes) }

// Forgo drops the bases of indexes that no publication has any more, and what was
// taken over by releases of publications that are gone. It is one short
// transaction.
func (s *Store) Forgo(ctx context.Context, tx *db.Tx) (bases int64, err error) {
	bases, err = tx.Exec(ctx, `DELETE FROM index_checkpoint WHERE NOT EXISTS (
		SELECT 1 FROM release_file f JOIN publication p ON p.id = f.publication_id AND p.dropped_at IS NULL
		WHERE f.publication_id = index_checkpoint.publication_id AND f.until = $1 AND f.chunk_table = index_checkpoint.chunk_table)`, int64(current))
	if err != nil {
		return 0, fmt.Errorf("dropping what indexes were built from: %w", err)
	}
	_, err = tx.Exec(ctx, `DELETE FROM takeover WHERE NOT EXISTS (
		SELECT 1 FROM release r WHERE r.publication_id = takeover.publication_id AND r.number >= takeover.release)`)
	if err != nil {
		return 0, fmt.Errorf("dropping what was taken over: %w", err)
	}
	return bases, nil
}

// Leavings finds the chunk tables that nothing has, and the nodes that none of the
// other tables has.
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

// pruneBatch is how many rows one transaction drops.
const pruneBatch = 500

// Prune drops some of the leavings, tells how many rows went, and gives the rest:
// call it, each time in a transaction of its own, until nothing is left. What is
// needed again meanwhile stays.
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
	for in, args := range db.In(ids, 1) {
		n, err := tx.Exec(ctx, "DELETE FROM chunk_table AS t WHERE id IN "+in+" AND NOT "+tableIsNeeded, args...)
		if err != nil {
			return gone, fmt.Errorf("dropping chunk tables: %w", err)
		}
		gone += int(n)
	}
	return gone, nil
}

// dropNodes deletes nodes but for those of tables that came meanwhile.
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
	for in, args := range db.In(names, 1) {
		n, err := tx.Exec(ctx, "DELETE FROM chunk_node WHERE sha256 IN "+in, args...)
		if err != nil {
			return gone, fmt.Errorf("dropping nodes of chunk tables: %w", err)
		}
		gone += int(n)
	}
	return gone, nil
}

// Blobs returns the blobs of the dists half of every release: whole files and
// pieces of indexes. A blob may come more than once.
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

// Links returns the blobs that places may have links to, of files which earlier
// releases left there. A blob may come more than once.
func (s *Store) Links(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return db.Each(ctx, tx, db.Value[digest.SHA256], "SELECT DISTINCT sha256 FROM leftover WHERE sha256 IS NOT NULL")
}
