package index

import (
	"context"
	"errors"
	"iter"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// text is what an index says: a function of a set of members, written in an
// order of positions and cut where the positions themselves tell. What it writes
// depends on the set and the fingerprint alone, however it got there: from
// nothing, or from the text of another set and what differs.
//
// A text is used for one index, from one goroutine at a time: first changed, if
// there is an old text, then write for each stretch in order.
type text interface {
	// fingerprint names everything besides the set that decides the text, without
	// the formats it is compressed in. It has no tab.
	fingerprint() string

	// changed returns the positions, in any order, at which the texts of two sets may differ. Its
	// cost is that of the difference. If it is too large, it returns errFromNothing.
	changed(ctx context.Context, tx *db.Tx, was, now bitset.Set) ([]catalog.Position, error)

	// write returns the fresh chunks of a stretch, in order. A chunk begins at the
	// first position of the text and wherever the position itself says so,
	// nowhere else.
	write(ctx context.Context, tx *db.Tx, s stretch, give func(chunk, []byte) error) error
}

// stretch is a part of a text to be written: from a position (inclusive) to
// another (exclusive); nil is the first, or past the last.
type stretch struct {
	set      bitset.Set // the members of the whole text
	from, to *catalog.Position
	// old returns the old text of this stretch, chunk by chunk; nil without an old text.
	old func(context.Context) iter.Seq2[[]byte, error]
}

// errFromNothing means that writing the text from nothing is cheaper than updating it.
var errFromNothing = errors.New("too much differs")
