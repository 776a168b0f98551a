package publish

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// base is an index that was built before, for this publication or another: the
// newest one at its place. What a new index has in common with it is neither
// written, compressed nor hashed again.
//
// Bases are kept in index_checkpoint, one for each index of each publication:
// a cache, bounded by that. Without it an index is built from nothing.
type base struct {
	table
	id          int64 // of the table
	publication int64
	path        string
	set         bitset.Set // the members that are listed
	resumes     []checkpoint
}

// maxBases is how many bases are compared for one index. More publications than
// this of one component and architecture, with the same options, are looked at
// from the newest on.
const maxBases = 32

// base finds what an index is best built from: that which differs the least.
// The publication's own counts as the best of equals.
func (s *Store) base(ctx context.Context, tx *db.Tx, publication int64, path string, in index) (*base, error) {
	candidates, err := db.All(ctx, tx, scanBase, `SELECT publication_id, path, chunk_table, members FROM index_checkpoint
		WHERE render = $1 ORDER BY publication_id = $2 AND path = $3 DESC, chunk_table DESC LIMIT $4`, in.fingerprint(), publication, path, maxBases)
	if err != nil {
		return nil, fmt.Errorf("looking for an index to begin from: %w", err)
	}
	var best *base
	least := in.set.Len()/2 + 1 // beyond, there is nothing to gain
	for i, c := range candidates {
		if distance := c.set.Minus(in.set).Len() + in.set.Minus(c.set).Len(); distance < least {
			best, least = &candidates[i], distance
		}
	}
	if best == nil {
		return nil, nil
	}
	if best.table, err = loadTable(ctx, tx, best.id); err != nil {
		return nil, err
	}
	return best, best.loadCheckpoints(ctx, tx)
}

func scanBase(row db.Scanner) (b base, err error) {
	var members []byte
	if err := row.Scan(&b.publication, &b.path, &b.id, &members); err != nil {
		return b, err
	}
	b.set, err = bitset.Decode(members)
	return b, err
}

// files gives the files that the index stands in, as if they were at another
// path; none if the publication does not list it any more.
func (b *base) files(ctx context.Context, tx *db.Tx, path string) ([]File, error) {
	files, err := db.All(ctx, tx, scanFile, "SELECT "+fileColumns+` FROM release_file
		WHERE publication_id = $1 AND until = $2 AND chunk_table = $3`, b.publication, int64(current), b.id)
	if err != nil {
		return nil, fmt.Errorf("looking up %s: %w", b.path, err)
	}
	files = slices.DeleteFunc(files, func(f File) bool { return !strings.HasPrefix(f.Path, b.path) })
	for i := range files {
		files[i].Path = path + strings.TrimPrefix(files[i].Path, b.path)
	}
	if len(files) != 1+len(b.formats) {
		return nil, nil
	}
	return files, nil
}

// saveBase keeps an index as what the next ones can begin from.
func saveBase(ctx context.Context, tx *db.Tx, publication int64, path string, table int64, b *built) error {
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
	if err != nil {
		return fmt.Errorf("storing the checkpoints of %s: %w", path, err)
	}
	return nil
}

// loadCheckpoints reads where the sums of the index stood.
func (b *base) loadCheckpoints(ctx context.Context, tx *db.Tx) error {
	data, err := db.One(ctx, tx, db.Value[[]byte], `SELECT checkpoints FROM index_checkpoint
		WHERE publication_id = $1 AND path = $2 AND chunk_table = $3`, b.publication, b.path, b.id)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return fmt.Errorf("reading the checkpoints of %s: %w", b.path, err)
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
		return problem.New(problem.Internal, "the checkpoints of %s are damaged", b.path).WithHint("publish again with --rebuild")
	}
	return nil
}
