package index

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Base is the newest index at its path, of any publication. A new index reuses the chunks that both
// have in common.
//
// Bases are kept in index_checkpoint, one for each index of each publication: a cache, bounded by
// that. Without it an index is built from nothing.
type Base struct {
	Table
	ID          int64 // of the table
	Publication int64
	Path        string
	set         bitset.Set // the listed members
	resumes     []checkpoint
}

// maxBases bounds the bases compared for one index, from the newest on.
const maxBases = 32

// Begin sets the base of an index of a publication at a path: the one that differs the least,
// preferring the publication's own. Without a base, the index is built from nothing.
func (in *Index) Begin(ctx context.Context, tx *db.Tx, publication int64, path string) (err error) {
	in.old, err = in.base(ctx, tx, publication, path)
	return err
}

// Unchanged returns the base of an index if both list the same members, else nil.
func (in *Index) Unchanged() *Base {
	if in.old == nil || !in.set.Equal(in.old.set) {
		return nil
	}
	return in.old
}

func (in *Index) base(ctx context.Context, tx *db.Tx, publication int64, path string) (*Base, error) {
	candidates, err := db.All(ctx, tx, scanBase, `SELECT publication_id, path, chunk_table, members FROM index_checkpoint
		WHERE render = $1 ORDER BY publication_id = $2 AND path = $3 DESC, chunk_table DESC LIMIT $4`, in.fingerprint(), publication, path, maxBases)
	if err != nil {
		return nil, fmt.Errorf("searching for the base of an index: %w", err)
	}
	var best *Base
	least := in.set.Len()/2 + 1 // beyond, there is nothing to gain
	for i, c := range candidates {
		if distance := c.set.Minus(in.set).Len() + in.set.Minus(c.set).Len(); distance < least {
			best, least = &candidates[i], distance
		}
	}
	if best == nil {
		return nil, nil
	}
	if best.Table, err = LoadTable(ctx, tx, best.ID); err != nil {
		return nil, err
	}
	return best, best.loadCheckpoints(ctx, tx)
}

func scanBase(row db.Scanner) (b Base, err error) {
	var members []byte
	if err := row.Scan(&b.Publication, &b.Path, &b.ID, &members); err != nil {
		return b, err
	}
	b.set, err = bitset.Decode(members)
	return b, err
}

// Save stores the table of an index, and the index as the base of the next ones at a path of
// a publication. It returns the id of the table: of the one that it follows (0: none) if both
// are the same.
func (b *Built) Save(ctx context.Context, tx *db.Tx, publication int64, path string, follows int64) (id int64, err error) {
	if id, err = b.save(ctx, tx, follows); err != nil {
		return 0, err
	}
	return id, b.saveBase(ctx, tx, publication, path, id)
}

// Adopt saves a base as the index at a path of another publication, as [Built.Save] does.
// The publication that it is of may have dropped the table since it was read.
func (b *Base) Adopt(ctx context.Context, tx *db.Tx, publication int64, path string) (id int64, err error) {
	index := Built{Table: b.Table, set: b.set, checkpoints: b.resumes}
	return index.Save(ctx, tx, publication, path, b.ID)
}

func (b *Built) saveBase(ctx context.Context, tx *db.Tx, publication int64, path string, table int64) error {
	data := []byte{}
	for _, c := range b.checkpoints {
		data = binary.AppendUvarint(data, uint64(c.chunk))
		data = binary.AppendUvarint(data, uint64(len(c.states)))
		for _, state := range c.states {
			data = append(binary.AppendUvarint(data, uint64(len(state))), state...)
		}
	}
	_, err := tx.Exec(ctx, `INSERT INTO index_checkpoint (publication_id, path, chunk_table, render, members, checkpoints) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (publication_id, path) DO UPDATE SET chunk_table = excluded.chunk_table, render = excluded.render,
			members = excluded.members, checkpoints = excluded.checkpoints`, publication, path, table, b.render, b.set.Encode(), data)
	return problem.While(err, "storing the checkpoints of %s", path)
}

// loadCheckpoints reads the checkpoints of the index's sums.
func (b *Base) loadCheckpoints(ctx context.Context, tx *db.Tx) error {
	data, err := db.One(ctx, tx, db.Value[[]byte], `SELECT checkpoints FROM index_checkpoint
		WHERE publication_id = $1 AND path = $2 AND chunk_table = $3`, b.Publication, b.Path, b.ID)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return fmt.Errorf("reading the checkpoints of %s: %w", b.Path, err)
	}
	d := decoder{rest: data}
	for len(d.rest) > 0 {
		c := checkpoint{chunk: int(d.number())}
		for n := d.number(); n > 0 && !d.broken; n-- {
			c.states = append(c.states, d.take(d.number()))
		}
		b.resumes = append(b.resumes, c)
	}
	if d.broken {
		return problem.New(problem.Internal, "the checkpoints of %s are damaged", b.Path).WithHint("publish again with --rebuild")
	}
	return nil
}
