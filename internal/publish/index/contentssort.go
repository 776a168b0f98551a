package index

import (
	"bufio"
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// located is a path of one package.
type located struct{ path, location string }

func (l located) compare(m located) int {
	return cmp.Or(strings.Compare(l.path, m.path), strings.Compare(l.location, m.location))
}

// sortAll writes the whole text of a set: its lists are sorted in runs as large
// as memory allows, the runs merged.
func (t *contents) sortAll(ctx context.Context, tx *db.Tx, set bitset.Set, cut *contentsCutter) error {
	sorter := contentsSorter{dir: t.tempDir}
	defer sorter.close()
	for m, err := range t.catalog.FileLists(ctx, tx, set) {
		if err != nil {
			return err
		}
		paths, err := m.Files.Paths()
		if err != nil {
			return err
		}
		if err := sorter.add(paths, contentsLocation(m.Section, m.Name)); err != nil {
			return sortingFault(err)
		}
	}
	var last located
	var locations []byte
	for l, err := range sorter.sorted() {
		switch {
		case err != nil:
			return sortingFault(err)
		case l == last:
			continue
		case l.path == last.path:
			locations = append(locations, ',')
		case len(locations) > 0:
			if err := cut.line(last.path, locations); err != nil {
				return err
			}
			locations = locations[:0]
		}
		locations = append(locations, l.location...)
		last = l
	}
	if len(locations) == 0 {
		return nil
	}
	return cut.line(last.path, locations)
}

func sortingFault(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return problem.New(problem.Full, "sorting a Contents index: %w", err).WithHint("free some space there, or name a folder with more in TMPDIR")
	}
	return fmt.Errorf("sorting a Contents index: %w", err)
}

// contentsRun is how many bytes of memory a run may take, besides what the
// collector lets lie.
const contentsRun = 16 << 20

// contentsSorter sorts what may not fit into memory. Its files have no names, so
// nothing is left of them whatever happens.
type contentsSorter struct {
	dir   string
	limit int // of a run; 0: contentsRun
	run   []located
	size  int // of the run, in bytes
	files []*os.File
}

// add takes the paths of a package.
func (s *contentsSorter) add(paths []string, location string) error {
	const header = 32 // of the two strings
	for _, p := range paths {
		s.run = append(s.run, located{p, location})
		s.size += header + len(p)
		if s.size >= cmp.Or(s.limit, contentsRun) {
			if err := s.spill(); err != nil {
				return err
			}
		}
	}
	return nil
}

// spill sorts the run and writes it to a file of its own.
func (s *contentsSorter) spill() error {
	slices.SortFunc(s.run, located.compare)
	f, err := os.CreateTemp(s.dir, "aptarium-contents-")
	if err != nil {
		return err
	}
	s.files = append(s.files, f)
	if err := os.Remove(f.Name()); err != nil {
		return err
	}
	if err := writeRun(f, s.run); err != nil {
		return err
	}
	clear(s.run) // or the lists stay in memory
	s.run, s.size = s.run[:0], 0
	return nil
}

// sorted returns all added lines, in order. Call it once.
func (s *contentsSorter) sorted() iter.Seq2[located, error] {
	return func(yield func(located, error) bool) {
		slices.SortFunc(s.run, located.compare)
		merge := runHeap{{run: &memoryRun{s.run}}}
		for _, f := range s.files {
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				yield(located{}, err)
				return
			}
			merge = append(merge, runHead{run: &fileRun{from: bufio.NewReaderSize(f, runBuffer)}})
		}
		if err := merge.start(); err != nil {
			yield(located{}, err)
			return
		}
		for len(merge) > 0 {
			l := merge[0].located
			err := merge.advance()
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

func (s *contentsSorter) close() {
	for _, f := range s.files {
		_ = f.Close() // nobody reads it again
	}
}

// runHead is a run with its first line that was not given yet.
type runHead struct {
	located
	run sortedRun
}

// runHeap is a heap of runs, the one with the least line first.
type runHeap []runHead

func (h runHeap) Len() int           { return len(h) }
func (h runHeap) Less(i, j int) bool { return h[i].compare(h[j].located) < 0 }
func (h runHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *runHeap) Push(any)          {} // runs are all there from the start

// Pop removes the last run.
func (h *runHeap) Pop() any {
	last := len(*h) - 1
	(*h)[last] = runHead{}
	*h = (*h)[:last]
	return nil
}

// start reads the first line of every run.
func (h *runHeap) start() error {
	heads := (*h)[:0]
	for _, r := range *h {
		var err error
		if r.located, err = r.run.next(); err == io.EOF {
			continue
		} else if err != nil {
			return err
		}
		heads = append(heads, r)
	}
	*h = heads
	heap.Init(h)
	return nil
}

// advance reads the next line of the first run.
func (h *runHeap) advance() error {
	next, err := (*h)[0].run.next()
	if err == io.EOF {
		heap.Pop(h)
		return nil
	} else if err != nil {
		return err
	}
	(*h)[0].located = next
	heap.Fix(h, 0)
	return nil
}
