package publish

import (
	"bytes"
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// index is one Packages or Sources file to be built.
type index struct {
	kind   catalog.Type
	set    bitset.Set // the members of kind to be listed
	render renderer

	// What the release before had at this place; old is nil when there was
	// nothing, or nothing of use.
	old     *table
	oldSet  bitset.Set
	resumes []checkpoint // of old, in order
}

// built is an index as built: its chunks, the sums of its text and of each of
// its compressed forms.
type built struct {
	table
	checkpoints []checkpoint
	plain       measure
	compressed  []measure // in the order of the table's formats
}

// measure is the length and the sums of a file.
type measure struct {
	size int64
	sums digest.Sums
	name digest.SHA256
}

func measureOf(h *digest.Hasher) measure {
	return measure{size: h.Size(), sums: h.Sums(), name: h.SHA256()}
}

// indexer builds indexes from the catalog into the pool.
type indexer struct {
	catalog *catalog.Store
	pool    blob.Store
	sums    digest.Kinds
}

// job is one chunk on its way: made by the reader of the catalog, rendered and
// compressed by a worker, hashed in order by the collector.
type job struct {
	chunk  chunk
	reuse  bool // chunk is whole; only its bytes are wanted
	skip   bool // not even those: hashing begins behind it
	plain  []byte
	pieces [][]byte
	done   chan struct{}
}

// build makes an index, rendering only the chunks that differ from the old one.
// It reads the catalog in the given transaction, from one goroutine at a time.
func (x *indexer) build(ctx context.Context, tx *db.Tx, in index) (built, error) {
	spans, err := x.changed(ctx, tx, in)
	if err != nil {
		return built{}, err
	}
	sums, err := x.hashersFor(in, spans)
	if err != nil {
		return built{}, err
	}
	group, ctx := errgroup.WithContext(ctx)
	order := make(chan *job, 2*runtime.GOMAXPROCS(0))
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
			group.Go(func() error {
				defer close(j.done)
				return x.work(ctx, in.render, j)
			})
			return nil
		}
		if err := x.plan(ctx, tx, in, spans, sums.from, emit); err != nil || !empty {
			return err
		}
		return emit(new(job)) // a compressed file of no text is not a file of no bytes
	})
	var out built
	group.Go(func() (err error) {
		out, err = x.collect(ctx, in.render, sums, order)
		return err
	})
	if err := group.Wait(); err != nil {
		return built{}, err
	}
	return out, nil
}

// changed gives the runs of chunks of the old index that the change touches.
func (x *indexer) changed(ctx context.Context, tx *db.Tx, in index) ([]span, error) {
	if in.old == nil {
		return nil, nil
	}
	changed, err := x.catalog.Positions(ctx, tx, in.set.Minus(in.oldSet).Union(in.oldSet.Minus(in.set)))
	if err != nil {
		return nil, err
	}
	positions := make([]catalog.Position, len(changed))
	for i := range changed {
		positions[i] = changed[i].Position
	}
	return in.old.touched(positions), nil
}

// plan emits the chunks of the new index in order: those of the old one where
// nothing changed, fresh ones where something did. Hashing begins at a chunk.
func (x *indexer) plan(ctx context.Context, tx *db.Tx, in index, spans []span, from int, emit func(*job) error) error {
	if in.old == nil || len(in.old.chunks) == 0 {
		return x.cut(ctx, tx, in, nil, nil, emit)
	}
	next := 0
	keep := func(to int) error {
		for ; next < to; next++ {
			if err := emit(&job{chunk: in.old.chunks[next], reuse: true, skip: next < from}); err != nil {
				return err
			}
		}
		return nil
	}
	for _, s := range spans {
		if err := keep(s.from); err != nil {
			return err
		}
		from, to := in.old.bounds(s)
		if err := x.cut(ctx, tx, in, from, to, emit); err != nil {
			return err
		}
		next = s.to
	}
	return keep(len(in.old.chunks))
}

// cut reads a range of the index from the catalog and emits it as fresh chunks.
func (x *indexer) cut(ctx context.Context, tx *db.Tx, in index, from, to *catalog.Position, emit func(*job) error) error {
	var j *job
	var last catalog.Listed
	for l, err := range x.catalog.Range(ctx, tx, in.kind, in.set, from, to) {
		if err != nil {
			return err
		}
		if last.Name != "" && last.Position == l.Position {
			if err := sameContent(last, l, in.render.component); err != nil {
				return err
			}
			continue
		}
		if j != nil && startsChunk(l.Position) {
			if err := emit(j); err != nil {
				return err
			}
			j = nil
		}
		if j == nil {
			j = &job{chunk: chunk{first: l.Position}}
		}
		j.plain = in.render.appendStanza(j.plain, &l)
		j.chunk.packages++
		last = l
	}
	if j == nil {
		return nil
	}
	return emit(j)
}

// sameContent refuses two packages of the same name, version and architecture
// that are not the same files: clients could get either.
func sameContent(a, b catalog.Listed, component string) error {
	same := len(a.Files) == len(b.Files)
	for i := 0; same && i < len(a.Files); i++ {
		same = a.Files[i].SHA256 == b.Files[i].SHA256
	}
	if same {
		return nil
	}
	return problem.New(problem.Conflict, "%s %s %s is in component %s twice with different content: %s with SHA-256 %s and %s with SHA-256 %s",
		a.Package.Name, a.Version, a.Package.Architecture, component, a.Files[0].Name, a.Files[0].SHA256, b.Files[0].Name, b.Files[0].SHA256).
		WithHint("remove one of the two from its source, or publish the sources in different components")
}

// work renders the pieces of a chunk into the pool, or reads those of one that
// is kept.
func (x *indexer) work(ctx context.Context, r renderer, j *job) error {
	if j.skip {
		return nil
	}
	if j.reuse {
		return x.recall(ctx, r, j)
	}
	j.chunk.size = int64(len(j.plain))
	for _, f := range r.formats {
		piece, padding, err := pieceOf(j.plain, f)
		if err != nil {
			return fmt.Errorf("compressing an index: %w", err)
		}
		j.chunk.padding += padding // of one format at most
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

// recall reads the bytes of a chunk that is kept.
func (x *indexer) recall(ctx context.Context, r renderer, j *job) error {
	quickest := quickest(r.formats)
	for i, ref := range j.chunk.pieces {
		piece, err := readBlob(ctx, x.pool, ref)
		if err != nil {
			return fmt.Errorf("reading a piece of an index: %w", err)
		}
		j.pieces = append(j.pieces, piece)
		if i == quickest {
			if j.plain, err = expand(piece, r.formats[i], j.chunk.padding, j.chunk.size); err != nil {
				return err
			}
		}
	}
	return nil
}
