package catalog

import (
	"context"
	"embed"
	"sync"
	"sync/atomic"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the tables of the catalog.
func Schema() db.Schema {
	return db.Schema{Name: "catalog", Migrations: migrations}
}

// Store reads and writes the catalog. It is safe for concurrent use; every method works inside the
// given transaction.
type Store struct {
	mu         sync.Mutex
	sets       map[View]bitset.Set
	columns    *columns
	asked      *controls // see controls.go
	cachedRows int
	smallSet   int // see walker
	pruning    atomic.Pointer[Prune]
}

// New returns a store.
func New() *Store {
	return &Store{sets: map[View]bitset.Set{}, columns: newColumns(), asked: newControls(), cachedRows: cachedRows, smallSet: smallSet}
}

// cachedSets bounds the cached views; one of 60,000 members needs some 10 KB.
const cachedSets = 512

// cached returns a view's set from the cache. Views never change, so the cache is never stale.
func (s *Store) cached(v View) (bitset.Set, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set, ok := s.sets[v]
	return set, ok
}

func (s *Store) keep(v View, set bitset.Set) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for old := range s.sets { // any one: maps walk in random order
		if len(s.sets) < cachedSets {
			break
		}
		delete(s.sets, old)
	}
	s.sets[v] = set
}

// each calls scan for every row of a query.
func each(ctx context.Context, tx *db.Tx, scan func(db.Scanner) error, query string, args ...any) error {
	for _, err := range db.Each(ctx, tx, func(row db.Scanner) (none struct{}, err error) { return none, scan(row) }, query, args...) {
		if err != nil {
			return err
		}
	}
	return nil
}

// eachIn is each for any number of values, as [db.EachIn].
func eachIn[V any](ctx context.Context, tx *db.Tx, scan func(db.Scanner) error, values []V, query string, args ...any) error {
	for _, err := range db.EachIn(ctx, tx, func(row db.Scanner) (none struct{}, err error) { return none, scan(row) }, values, query, args...) {
		if err != nil {
			return err
		}
	}
	return nil
}
