package catalog

import (
	"context"
	"fmt"
	"sync"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/query"
)

// The fields of members that set operations need are cached in memory, in blocks of member ids, and
// shared. Members never change and ids are never reused, so a block only grows. Only a failed
// transaction frees its ids again, so the reads of a writing transaction are shared only after its
// commit.

// blockSize is the number of ids in a block. A block is read whole: adjacent ids were stored
// together, and are mostly read together.
const blockSize = 1 << 10

// cachedRows bounds the cached members, some 60 bytes each plus their texts. Beyond it the cache
// starts again empty.
const cachedRows = 1 << 20

// row is the cached fields of a member; texts are symbols.
type row struct {
	packageID     int64
	filesHash     uint64
	kind          symbol
	name          symbol
	version       symbol
	architecture  symbol
	source        symbol
	sourceVersion symbol
	component     symbol
	section       symbol
	priority      symbol
	provides      uint32 // an index in columns.provided
}

// symbol is the number of a text that is stored once.
type symbol uint32

// provided is a Provides field.
type provided struct {
	list  []query.Provided
	names []symbol
}

// columns is a cache of rows and their texts.
type columns struct {
	mu       sync.RWMutex
	blocks   map[uint32][]row // the first so many members of each block
	rows     int
	symbols  map[string]symbol
	texts    []string // by symbol
	provided []provided
	fields   map[string]uint32 // indexes in provided
}

func newColumns() *columns {
	return &columns{
		blocks: map[uint32][]row{}, symbols: map[string]symbol{"": 0}, texts: []string{""},
		provided: []provided{{}}, fields: map[string]uint32{"": 0},
	}
}

// table is the columns of the members of one set. It never changes.
type table struct {
	set      bitset.Set
	columns  *columns
	blocks   map[uint32][]row
	texts    []string
	provided []provided
}

// table returns the columns of the members of set; it reads the missing blocks.
func (s *Store) table(ctx context.Context, tx *db.Tx, set bitset.Set) (*table, error) {
	c := s.currentColumns()
	t := &table{set: set, columns: c, blocks: map[uint32][]row{}}
	for _, need := range blocksOf(set) {
		c.mu.RLock()
		block := c.blocks[need.number]
		c.mu.RUnlock()
		if len(block) < need.length {
			var err error
			if block, err = c.read(ctx, tx, need.number); err != nil {
				return nil, fmt.Errorf("reading members: %w", err)
			}
			if len(block) < need.length {
				return nil, fmt.Errorf("block %d of members ends at %d, but a set has %d", need.number, len(block), need.length)
			}
			if tx.Writes() {
				tx.AfterCommit(func() { c.keep(need.number, block) })
			} else {
				c.keep(need.number, block)
			}
		}
		t.blocks[need.number] = block
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	t.texts, t.provided = c.texts, c.provided
	return t, nil
}

// currentColumns returns the shared columns, or new ones if these are too large.
func (s *Store) currentColumns() *columns {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.columns.mu.RLock()
	full := s.columns.rows > s.cachedRows
	s.columns.mu.RUnlock()
	if full {
		s.columns = newColumns()
	}
	return s.columns
}

// neededBlock is a block whose first length members are needed.
type neededBlock struct {
	number uint32
	length int
}

func blocksOf(set bitset.Set) (list []neededBlock) {
	for id := range set.All() {
		number, length := id/blockSize, int(id%blockSize)+1
		if n := len(list); n > 0 && list[n-1].number == number {
			list[n-1].length = length
		} else {
			list = append(list, neededBlock{number, length})
		}
	}
	return list
}

func (c *columns) keep(number uint32, block []row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.blocks[number]; len(old) < len(block) {
		c.rows += len(block) - len(old)
		c.blocks[number] = block
	}
}

// read reads a block. Ids are dense: those of a failed transaction are used again.
func (c *columns) read(ctx context.Context, tx *db.Tx, number uint32) ([]row, error) {
	block := make([]row, 0, blockSize)
	first := int64(number) * blockSize
	err := each(ctx, tx, func(in db.Scanner) error {
		var r row
		var id, hash int64
		var kind, name, version, architecture, source, sourceVersion, component, section, priority, provides string
		err := in.Scan(&id, &r.packageID, &hash, &kind, &name, &version, &architecture, &source, &sourceVersion, &component, &section, &priority, &provides)
		if err != nil {
			return err
		}
		for first+int64(len(block)) < id {
			block = append(block, row{}) // a hole, such as id 0
		}
		r.filesHash = uint64(hash)
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, field := range []struct {
			into *symbol
			text string
		}{
			{&r.kind, kind}, {&r.name, name}, {&r.version, version}, {&r.architecture, architecture}, {&r.source, source},
			{&r.sourceVersion, sourceVersion}, {&r.component, component}, {&r.section, section}, {&r.priority, priority},
		} {
			*field.into = c.intern(field.text)
		}
		r.provides = c.internProvides(provides)
		block = append(block, r)
		return nil
	}, `SELECT m.id, p.id, p.files_hash, p.type, p.name, p.version, p.architecture, p.source, p.source_version,
		m.component, m.section, m.priority, p.provides
		FROM member m JOIN package p ON p.id = m.package_id WHERE m.id >= $1 AND m.id < $2 ORDER BY m.id`, first, first+blockSize)
	return block, err
}

// intern returns the symbol of a text. The caller holds the lock.
func (c *columns) intern(text string) symbol {
	if s, known := c.symbols[text]; known {
		return s
	}
	s := symbol(len(c.texts))
	c.symbols[text], c.texts = s, append(c.texts, text)
	return s
}

func (c *columns) internProvides(field string) uint32 {
	if at, known := c.fields[field]; known {
		return at
	}
	p := provided{list: query.ParseProvides(field)}
	for _, v := range p.list {
		p.names = append(p.names, c.intern(v.Name))
	}
	at := uint32(len(c.provided))
	c.fields[field], c.provided = at, append(c.provided, p)
	return at
}

// lookup returns the symbols of texts, without unknown texts.
func (c *columns) lookup(texts []string) map[symbol]bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	found := make(map[symbol]bool, len(texts))
	for _, text := range texts {
		if s, known := c.symbols[text]; known {
			found[s] = true
		}
	}
	return found
}

// row returns a member of the set.
func (t *table) row(id uint32) *row { return &t.blocks[id/blockSize][id%blockSize] }

// rows walks the members of a part of the set in the order of their ids.
func (t *table) rows(part bitset.Set) func(yield func(uint32, *row) bool) {
	return func(yield func(uint32, *row) bool) {
		number, block := ^uint32(0), []row(nil)
		for id := range part.All() {
			if n := id / blockSize; n != number {
				number, block = n, t.blocks[n]
			}
			if !yield(id, &block[id%blockSize]) {
				return
			}
		}
	}
}

func (t *table) text(s symbol) string { return t.texts[s] }
