package index

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Table is the chunks of one index, with the pieces of each.
type Table struct {
	Formats []compress.Format // of the pieces; part of render
	render  string            // what decides the text and its pieces; see Index.fingerprint
	chunks  []chunk
}

// find returns the number of the chunk that a position falls into: the last that
// begins at or before it, else the first.
func (t Table) find(p catalog.Position) int {
	after := sort.Search(len(t.chunks), func(i int) bool { return t.chunks[i].first.Compare(p) > 0 })
	return max(after-1, 0)
}

// span is a run of chunks, from one number up to, not including, another.
type span struct{ from, to int }

// touched returns the runs of chunks that a change at these positions touches, in
// order and apart from one another. A chunk whose first package may have gone
// takes the one before it along, since both may become one.
func (t Table) touched(changed []catalog.Position) []span {
	if len(t.chunks) == 0 {
		return nil
	}
	hit := map[int]bool{}
	for _, p := range changed {
		i := t.find(p)
		hit[i] = true
		if i > 0 && t.chunks[i].first == p {
			hit[i-1] = true
		}
	}
	var spans []span
	for i := range t.chunks {
		if !hit[i] {
			continue
		}
		if n := len(spans); n > 0 && spans[n-1].to == i {
			spans[n-1].to = i + 1
		} else {
			spans = append(spans, span{i, i + 1})
		}
	}
	return spans
}

// bounds returns the positions between which a span's packages lie, nil where it
// is open.
func (t Table) bounds(s span) (from, to *catalog.Position) {
	if s.from > 0 {
		from = &t.chunks[s.from].first
	}
	if s.to < len(t.chunks) {
		to = &t.chunks[s.to].first
	}
	return from, to
}

// save stores a table and returns its id: the id of the one it follows if both are the
// same, since a text may stay as it is though its members changed.
func (t Table) save(ctx context.Context, tx *db.Tx, follows int64) (id int64, err error) {
	names, err := t.saveNodes(ctx, tx)
	if err != nil {
		return 0, err
	}
	same, err := db.One(ctx, tx, db.Value[bool], "SELECT COUNT(*) > 0 FROM chunk_table WHERE id = $1 AND render = $2 AND nodes = $3", follows, t.render, names)
	if err != nil || same {
		return follows, err
	}
	if id, err = tx.Allocate(ctx, "chunk_table", 1); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, "INSERT INTO chunk_table (id, render, nodes) VALUES ($1, $2, $3)", id, t.render, names)
	return id, problem.While(err, "storing a chunk table")
}

// saveNodes stores the nodes of a table and returns their names joined.
func (t Table) saveNodes(ctx context.Context, tx *db.Tx) ([]byte, error) {
	names := []byte{}
	for from := 0; from < len(t.chunks); {
		to := from + 1
		for to < len(t.chunks) && !startsNode(t.chunks[to].first) {
			to++
		}
		data := encodeChunks(t.chunks[from:to])
		name := digest.Of(data)
		if _, err := tx.Exec(ctx, "INSERT INTO chunk_node (sha256, chunks) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING", name, data); err != nil {
			return nil, fmt.Errorf("storing a chunk table: %w", err)
		}
		names = append(names, name[:]...)
		from = to
	}
	return names, nil
}

// LoadTable reads the stored table with an id.
func LoadTable(ctx context.Context, tx *db.Tx, id int64) (t Table, err error) {
	var names []byte
	if err := tx.QueryRow(ctx, "SELECT render, nodes FROM chunk_table WHERE id = $1", id).Scan(&t.render, &names); err != nil {
		return Table{}, fmt.Errorf("reading chunk table %d: %w", id, err)
	}
	t.Formats = formatsOf(t.render)
	var order []digest.SHA256
	for name := range slices.Chunk(names, len(digest.SHA256{})) {
		order = append(order, digest.SHA256(name))
	}
	nodes := make(map[digest.SHA256][]byte, len(order))
	type node struct {
		name   digest.SHA256
		chunks []byte
	}
	for n, err := range db.EachIn(ctx, tx, func(row db.Scanner) (n node, err error) { err = row.Scan(&n.name, &n.chunks); return n, err },
		order, "SELECT sha256, chunks FROM chunk_node WHERE sha256 IN ()") {
		if err != nil {
			return Table{}, fmt.Errorf("reading chunk table %d: %w", id, err)
		}
		nodes[n.name] = n.chunks
	}
	for _, name := range order {
		chunks, err := decodeChunks(nodes[name])
		if err != nil {
			return Table{}, err
		}
		t.chunks = append(t.chunks, chunks...)
	}
	return t, nil
}

// Pieces returns the pieces of all stored tables. It may repeat a piece.
func Pieces(ctx context.Context, tx *db.Tx) iter.Seq2[digest.SHA256, error] {
	return func(yield func(digest.SHA256, error) bool) {
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

func formatsOf(fingerprint string) (formats []compress.Format) {
	_, list, _ := strings.Cut(fingerprint, "\t")
	for f := range strings.SplitSeq(list, ",") {
		if f != "" {
			formats = append(formats, compress.Format(f))
		}
	}
	return formats
}
