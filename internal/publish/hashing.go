package publish

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// checkpoint is the state of all sums of an index before a chunk. From the last
// one before a change on, an index is hashed anew; what comes before is not even
// read.
type checkpoint struct {
	chunk  int      // how many chunks the sums cover
	states [][]byte // of the text, then of each compressed form
}

// checkpointEvery is how many chunks lie between checkpoints.
const checkpointEvery = 8

// hashers take the sums of an index in all its forms.
type hashers struct {
	plain       *digest.Hasher
	compressed  []*digest.Hasher // in the order of the formats
	from        int              // the first chunk that is hashed
	checkpoints []checkpoint
}

// hashersFor begins the sums at the last checkpoint before the first change.
func (x *indexer) hashersFor(in index, spans []span) (*hashers, error) {
	h := &hashers{plain: digest.NewHasher(x.sums)}
	for _, f := range in.render.formats {
		c := digest.NewHasher(x.sums)
		c.Write(head(f))
		h.compressed = append(h.compressed, c)
	}
	if len(spans) == 0 {
		return h, nil
	}
	for _, c := range in.resumes {
		if c.chunk > spans[0].from || len(c.states) != 1+len(h.compressed) {
			break
		}
		var err error
		if h.plain, err = digest.ResumeHasher(x.sums, c.states[0]); err != nil {
			return nil, err
		}
		for i := range h.compressed {
			if h.compressed[i], err = digest.ResumeHasher(x.sums, c.states[1+i]); err != nil {
				return nil, err
			}
		}
		h.from = c.chunk
		h.checkpoints = append(h.checkpoints, c)
	}
	return h, nil
}

// mark keeps the state of the sums as it is before a chunk.
func (h *hashers) mark(chunk int) error {
	c := checkpoint{chunk: chunk}
	for _, each := range append([]*digest.Hasher{h.plain}, h.compressed...) {
		state, err := each.State()
		if err != nil {
			return err
		}
		c.states = append(c.states, state)
	}
	h.checkpoints = append(h.checkpoints, c)
	return nil
}

// collect hashes the chunks in order.
func (x *indexer) collect(ctx context.Context, r renderer, h *hashers, order <-chan *job) (built, error) {
	out := built{table: table{render: r.fingerprint(), formats: r.formats}}
	for j := range order {
		select {
		case <-j.done:
		case <-ctx.Done():
			return built{}, context.Cause(ctx)
		}
		if !j.skip {
			if j.chunk.size != int64(len(j.plain)) || len(j.pieces) != len(r.formats) {
				return built{}, errWorker
			}
			if n := len(out.chunks); n%checkpointEvery == 0 && n > h.from {
				if err := h.mark(n); err != nil {
					return built{}, err
				}
			}
			h.plain.Write(j.plain)
			for i, piece := range j.pieces {
				h.compressed[i].Write(piece)
			}
		}
		out.chunks = append(out.chunks, j.chunk)
	}
	out.checkpoints = h.checkpoints
	out.plain = measureOf(h.plain)
	for i, c := range h.compressed {
		c.Write(out.tail(i))
		out.compressed = append(out.compressed, measureOf(c))
	}
	return out, nil
}

// errWorker stands behind the error of the worker that left a chunk unfinished,
// which ended first.
var errWorker = errors.New("a chunk of the index was not finished")

// saveCheckpoints keeps the newest checkpoints of an index.
func saveCheckpoints(ctx context.Context, tx *db.Tx, publication int64, path string, table int64, list []checkpoint) error {
	data := []byte{}
	for _, c := range list {
		data = binary.AppendUvarint(data, uint64(c.chunk))
		data = binary.AppendUvarint(data, uint64(len(c.states)))
		for _, state := range c.states {
			data = append(binary.AppendUvarint(data, uint64(len(state))), state...)
		}
	}
	_, err := tx.Exec(ctx, `INSERT INTO index_checkpoint (publication_id, path, chunk_table, checkpoints) VALUES ($1, $2, $3, $4)
		ON CONFLICT (publication_id, path) DO UPDATE SET chunk_table = excluded.chunk_table, checkpoints = excluded.checkpoints`, publication, path, table, data)
	if err != nil {
		return fmt.Errorf("storing the checkpoints of %s: %w", path, err)
	}
	return nil
}

// loadCheckpoints reads the checkpoints of an index as a table describes it;
// there are none if the newest ones are another table's.
func loadCheckpoints(ctx context.Context, tx *db.Tx, publication int64, path string, table int64) ([]checkpoint, error) {
	data, err := db.One(ctx, tx, db.Value[[]byte], `SELECT checkpoints FROM index_checkpoint
		WHERE publication_id = $1 AND path = $2 AND chunk_table = $3`, publication, path, table)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the checkpoints of %s: %w", path, err)
	}
	d := decoder{rest: data}
	var list []checkpoint
	for len(d.rest) > 0 {
		c := checkpoint{chunk: int(d.number())}
		for n := d.number(); n > 0 && !d.broken; n-- {
			c.states = append(c.states, d.take(d.number()))
		}
		list = append(list, c)
	}
	if d.broken {
		return nil, problem.New(problem.Internal, "the checkpoints of %s are damaged", path).WithHint("publish again with --rebuild")
	}
	return list, nil
}
