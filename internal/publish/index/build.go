package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
)

// Index is one index to build.
type Index struct {
	text    text
	sums    digest.Kinds
	formats []compress.Format
	set     bitset.Set // the members to list
	old     *Base      // the base; nil: build from nothing
}

// fingerprint returns all inputs of an index, its sums and its pieces, except the members. The
// formats are its last part; see formatsOf.
func (in Index) fingerprint() string {
	formats := make([]string, len(in.formats))
	for i, f := range in.formats {
		formats[i] = string(f)
	}
	return fmt.Sprintf("%s md5=%t sha1=%t sha512=%t\t%s", in.text.fingerprint(), in.sums.MD5, in.sums.SHA1, in.sums.SHA512, strings.Join(formats, ","))
}

// Built is an index whose pieces are in the pool, with the sums of its text and of each of
// its compressed forms.
type Built struct {
	Table
	Plain      Measure
	Compressed []Measure // in the order of Formats

	set         bitset.Set
	checkpoints []checkpoint
}

// Is reports whether building an index would have the same bytes.
func (b *Built) Is(in Index) bool { return b.render == in.fingerprint() && b.set.Equal(in.set) }

// Measure is the length and the sums of a file.
type Measure struct {
	Size   int64
	Sums   digest.Sums
	SHA256 digest.SHA256
}

func measureOf(h *digest.Hasher) Measure {
	return Measure{Size: h.Size(), Sums: h.Sums(), SHA256: h.SHA256()}
}

// builder builds one index into the pool.
type builder struct {
	Index
	pool blob.Store
}

// room is a buffer for the bytes of a chunk, reused after hashing.
type room struct {
	plain  []byte
	pieces [][]byte
}

// rooms are the free buffers.
type rooms chan *room

func (r rooms) take() *room {
	select {
	case free := <-r:
		return free
	default:
		return new(room)
	}
}

func (r rooms) giveBack(used *room) {
	select {
	case r <- used:
	default:
	}
}

// fit returns a slice of a length, and reuses the buffer if it is large enough.
func fit(b []byte, size int64) []byte {
	if int64(cap(b)) >= size {
		return b[:size]
	}
	return make([]byte, size, size+size/4) // the next chunk may be longer
}

// inFlight is the number of chunks in work for each processor: enough that no worker waits for the
// collector.
const inFlight = 8

// job is one chunk in work: written from the catalog, compressed by a worker, hashed in order by
// the collector.
type job struct {
	chunk  chunk
	reuse  bool  // chunk is complete; only its bytes are needed
	room   *room // where they are read to
	skip   bool  // its bytes are not needed: hashing starts after it
	plain  []byte
	pieces [][]byte
	done   chan struct{}
}

// Build builds an index into the pool, and writes only the chunks that differ from its base.
// It reads the catalog in tx, from one goroutine at a time.
func Build(ctx context.Context, tx *db.Tx, pool blob.Store, in Index) (*Built, error) {
	spans, err := changedSpans(ctx, tx, in)
	if errors.Is(err, errFromNothing) {
		in.old, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	sums, err := hashersFor(in, spans)
	if err != nil {
		return nil, err
	}
	x := &builder{Index: in, pool: pool}
	group, ctx := errgroup.WithContext(ctx)
	order := make(chan *job, inFlight*runtime.GOMAXPROCS(0))
	free := make(rooms, cap(order))
	group.Go(func() error {
		defer close(order)
		empty := true
		emit := func(j *job) error {
			empty = false
			j.done = make(chan struct{})
			select {
			case order <- j:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if j.skip {
				close(j.done)
				return nil
			}
			group.Go(func() error {
				defer close(j.done)
				return x.work(ctx, j, free)
			})
			return nil
		}
		if err := x.plan(ctx, tx, spans, sums.from, emit); err != nil || !empty {
			return err
		}
		return emit(new(job)) // a compressed file of no text is not a file of no bytes
	})
	var out *Built
	group.Go(func() (err error) {
		out, err = x.collect(ctx, sums, order, free)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// changedSpans returns the runs of chunks of the old index that the change touches.
func changedSpans(ctx context.Context, tx *db.Tx, in Index) ([]span, error) {
	if in.old == nil {
		return nil, nil
	}
	positions, err := in.text.changed(ctx, tx, in.old.set, in.set)
	if err != nil {
		return nil, err
	}
	return in.old.touched(positions), nil
}

// plan emits the chunks of the new index in order: old ones without changes, else fresh ones.
func (x *builder) plan(ctx context.Context, tx *db.Tx, spans []span, from int, emit func(*job) error) error {
	fresh := func(c chunk, plain []byte) error { return emit(&job{chunk: c, plain: plain}) }
	if x.old == nil || len(x.old.chunks) == 0 {
		return x.text.write(ctx, tx, stretch{set: x.set}, fresh)
	}
	next := 0
	keep := func(to int) error {
		for ; next < to; next++ {
			if err := emit(&job{chunk: x.old.chunks[next], reuse: true, skip: next < from}); err != nil {
				return err
			}
		}
		return nil
	}
	for _, s := range spans {
		if err := keep(s.from); err != nil {
			return err
		}
		part := stretch{set: x.set, old: func(ctx context.Context) iter.Seq2[[]byte, error] { return readChunks(ctx, x.pool, x.old.Table, s) }}
		part.from, part.to = x.old.bounds(s)
		if err := x.text.write(ctx, tx, part, fresh); err != nil {
			return err
		}
		next = s.to
	}
	return keep(len(x.old.chunks))
}

// work compresses a fresh chunk into the pool, or reads the pieces of a kept chunk.
func (x *builder) work(ctx context.Context, j *job, free rooms) error {
	if j.reuse {
		j.room = free.take()
		return x.recall(ctx, j)
	}
	j.chunk.size, j.chunk.lines = int64(len(j.plain)), bytes.Count(j.plain, []byte{'\n'})
	for _, f := range x.formats {
		piece, err := pieceOf(j.plain, f, &j.chunk.blocks)
		if err != nil {
			return fmt.Errorf("compressing an index: %w", err)
		}
		ref := blob.Ref{SHA256: digest.Of(piece), Size: int64(len(piece))}
		if _, err := x.pool.Stat(ctx, ref.SHA256); err != nil {
			if _, err := blob.Put(ctx, x.pool, bytes.NewReader(piece), blob.Expect(ref)); err != nil {
				return fmt.Errorf("storing a piece of an index: %w", err)
			}
		}
		j.chunk.pieces = append(j.chunk.pieces, ref)
		j.pieces = append(j.pieces, piece)
	}
	return nil
}

// recall reads the bytes of a kept chunk.
func (x *builder) recall(ctx context.Context, j *job) error {
	r, quickest := j.room, quickest(x.formats)
	if len(r.pieces) != len(x.formats) {
		r.pieces = make([][]byte, len(x.formats))
	}
	for i, ref := range j.chunk.pieces {
		r.pieces[i] = fit(r.pieces[i], ref.Size)
		if err := x.pool.Load(ctx, ref.SHA256, r.pieces[i]); err != nil {
			return fmt.Errorf("reading a piece of an index: %w", err)
		}
	}
	r.plain = fit(r.plain, j.chunk.size)
	j.plain, j.pieces = r.plain, r.pieces
	return expandInto(r.plain, r.pieces[quickest], x.formats[quickest], j.chunk.blocks)
}
