package mirror

import (
	"context"
	"encoding/binary"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/closure"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/query"
)

// shelf holds the fields of all entries of a suite that a filter with dependencies or sources
// needs, in some 250 bytes per entry of Debian. It is a closure.World of the entries' numbers.
type shelf struct {
	dependencies bool // hold the dependency fields too
	text         []byte
	// starts has the offset of each entry in text plus 1, by its number: 0 is none.
	starts []uint32
	// named and provided list the entries of a name, by the name's number.
	names           map[string]uint32
	named, provided [][]uint32
}

// maxShelf bounds the text of a shelf to twenty times the text of Debian's main.
const maxShelf = 512 << 20

// The columns of an entry in the text, each after its length.
const (
	columnName = iota
	columnVersion
	columnArchitecture
	columnType
	columnSource
	columnSourceVersion
	columnProvides
	columnPreDepends
	columnDepends
	shelfColumns
)

// put adds an entry. Numbers must grow.
func (h *shelf) put(number uint32, e *catalog.Entry, s *deb822.Stanza) error {
	columns := [shelfColumns][]byte{
		columnName: []byte(e.Name), columnVersion: []byte(e.Version), columnArchitecture: []byte(e.Architecture), columnType: []byte(e.Type),
		columnSource: []byte(e.Source), columnSourceVersion: []byte(e.SourceVersion),
	}
	if h.dependencies && e.Type != catalog.Source {
		columns[columnProvides], columns[columnPreDepends], columns[columnDepends] = s.Get("Provides"), s.Get("Pre-Depends"), s.Get("Depends")
	}
	size := 0
	for _, c := range columns {
		size += len(c) + binary.MaxVarintLen32
	}
	if len(h.text)+size > maxShelf {
		return problem.New(problem.TooLarge, "the suite's dependencies have more than %d MB", maxShelf>>20).In("filter").
			WithHint("mirror fewer components or architectures, or filter without dependencies and sources")
	}
	for uint32(len(h.starts)) <= number {
		h.starts = append(h.starts, 0)
	}
	h.starts[number] = uint32(len(h.text)) + 1
	for _, c := range columns {
		h.text = append(binary.AppendUvarint(h.text, uint64(len(c))), c...)
	}
	h.index(&h.named, e.Name, number)
	for _, p := range query.ParseProvides(string(columns[columnProvides])) {
		h.index(&h.provided, p.Name, number)
	}
	return nil
}

func (h *shelf) index(list *[][]uint32, name string, number uint32) {
	if h.names == nil {
		h.names = map[string]uint32{}
	}
	n, known := h.names[name]
	if !known {
		n = uint32(len(h.names))
		h.names[strings.Clone(name)] = n
	}
	for uint32(len(*list)) <= n {
		*list = append(*list, nil)
	}
	(*list)[n] = append((*list)[n], number)
}

// columns returns copies of an entry's columns.
func (h *shelf) columns(number uint32) (list [shelfColumns]string) {
	rest := h.text[h.starts[number]-1:]
	for i := range list {
		size, n := binary.Uvarint(rest)
		list[i] = string(rest[n : n+int(size)])
		rest = rest[n+int(size):]
	}
	return list
}

func (h *shelf) entries(list [][]uint32, name string) []uint32 {
	if n, known := h.names[name]; known && n < uint32(len(list)) {
		return list[n]
	}
	return nil
}

func (h *shelf) describe(number uint32) (closure.Package, [shelfColumns]string) {
	c := h.columns(number)
	return closure.Package{
		ID: number, Name: c[columnName], Version: c[columnVersion], Architecture: c[columnArchitecture],
		UDeb: c[columnType] == string(catalog.UDeb), SourceName: c[columnSource], SourceVersion: c[columnSourceVersion],
	}, c
}

// Describe implements closure.World.
func (h *shelf) Describe(_ context.Context, numbers []uint32) ([]closure.Package, error) {
	list := make([]closure.Package, len(numbers))
	for i, n := range numbers {
		list[i], _ = h.describe(n)
	}
	return list, nil
}

// Find implements closure.World.
func (h *shelf) Find(_ context.Context, names []string) ([]closure.Candidates, error) {
	list := make([]closure.Candidates, len(names))
	for i, name := range names {
		for _, n := range h.entries(h.named, name) {
			p, _ := h.describe(n)
			list[i].Named = append(list[i].Named, p)
		}
		for _, n := range h.entries(h.provided, name) {
			p, columns := h.describe(n)
			for _, provided := range query.ParseProvides(columns[columnProvides]) {
				if provided.Name == name {
					list[i].Providing = append(list[i].Providing, closure.Provider{Package: p, Provides: provided.Version})
				}
			}
		}
	}
	return list, nil
}

// Relations implements closure.World for Pre-Depends and Depends.
func (h *shelf) Relations(_ context.Context, numbers []uint32, fields []string) ([][]string, error) {
	rows := make([][]string, len(numbers))
	for i, n := range numbers {
		columns := h.columns(n)
		rows[i] = make([]string, len(fields))
		for f, name := range fields {
			switch name {
			case "Pre-Depends":
				rows[i][f] = columns[columnPreDepends]
			case "Depends":
				rows[i][f] = columns[columnDepends]
			}
		}
	}
	return rows, nil
}

func (h *shelf) sourcesOf(numbers bitset.Set) bitset.Set {
	var found bitset.Builder
	for n := range numbers.All() {
		c := h.columns(n)
		for _, candidate := range h.entries(h.named, c[columnSource]) {
			s := h.columns(candidate)
			if s[columnType] == string(catalog.Source) && deb.Compare(s[columnVersion], c[columnSourceVersion]) == 0 {
				found.Add(candidate)
			}
		}
	}
	return found.Set()
}
