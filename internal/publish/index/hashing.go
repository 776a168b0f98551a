package index

import (
	"context"
	"errors"

	"github.com/aptarium/aptarium/internal/digest"
)

// checkpoint is the state of all sums of an index before a chunk. Hashing restarts at the last
// checkpoint before a change; earlier chunks are not read.
type checkpoint struct {
	chunk  int      // how many chunks the sums cover
	states [][]byte // of the text, then of each compressed form
}

// checkpointEvery is the number of chunks between checkpoints.
const checkpointEvery = 16

// hashers compute the sums of an index in all its forms.
type hashers struct {
	plain       *digest.Hasher
	compressed  []*digest.Hasher // in the order of the formats
	from        int              // the first chunk that is hashed
	checkpoints []checkpoint
}

// hashersFor begins the sums at the last checkpoint before the first change.
func hashersFor(in Index, spans []span) (*hashers, error) {
	kinds := in.sums
	h := &hashers{plain: digest.NewHasher(kinds)}
	for _, f := range in.formats {
		c := digest.NewHasher(kinds)
		c.Write(head(f))
		h.compressed = append(h.compressed, c)
	}
	if len(spans) == 0 {
		return h, nil
	}
	for _, c := range in.old.resumes {
		if c.chunk > spans[0].from || len(c.states) != 1+len(h.compressed) {
			break
		}
		var err error
		if h.plain, err = digest.ResumeHasher(kinds, c.states[0]); err != nil {
			return nil, err
		}
		for i := range h.compressed {
			if h.compressed[i], err = digest.ResumeHasher(kinds, c.states[1+i]); err != nil {
				return nil, err
			}
		}
		h.from = c.chunk
		h.checkpoints = append(h.checkpoints, c)
	}
	return h, nil
}

// mark stores the state of the sums before a chunk.
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
func (x *builder) collect(ctx context.Context, h *hashers, order <-chan *job, free rooms) (*Built, error) {
	out := &Built{Table: Table{render: x.fingerprint(), Formats: x.formats}, set: x.set}
	for j := range order {
		select {
		case <-j.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if !j.skip {
			if j.chunk.size != int64(len(j.plain)) || len(j.pieces) != len(x.formats) {
				return nil, errWorker
			}
			if n := len(out.chunks); n%checkpointEvery == 0 && n > h.from {
				if err := h.mark(n); err != nil {
					return nil, err
				}
			}
			h.plain.Write(j.plain)
			for i, piece := range j.pieces {
				h.compressed[i].Write(piece)
			}
			if j.room != nil {
				free.giveBack(j.room)
				j.room, j.plain, j.pieces = nil, nil, nil
			}
		}
		out.chunks = append(out.chunks, j.chunk)
	}
	out.checkpoints = h.checkpoints
	out.Plain = measureOf(h.plain)
	for i, c := range h.compressed {
		c.Write(out.tail(i))
		out.Compressed = append(out.Compressed, measureOf(c))
	}
	return out, nil
}

// errWorker stands behind the error of the worker that left a chunk unfinished,
// which ended first.
var errWorker = errors.New("a chunk of the index was not finished")
