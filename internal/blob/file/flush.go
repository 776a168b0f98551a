package file

import (
	"context"
	"errors"
	"maps"
	"path/filepath"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// round is one flush, shared by all callers from before its start.
type round struct {
	done chan struct{}
	err  error // set before done is closed
}

// Flush implements [blob.Store].
//
// A caller whose ctx ends stops waiting; the flush continues for the others.
func (s *Store) Flush(ctx context.Context) error {
	r := s.join(context.WithoutCancel(ctx))
	if r == nil {
		return nil
	}
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// join returns the round that has not started yet, and creates it if necessary. It returns nil if there is nothing
// to flush and no flush is running.
func (s *Store) join(ctx context.Context) *round {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting != nil {
		return s.waiting
	}
	if s.running == nil && len(s.staged) == 0 && len(s.owed()) == 0 && len(s.lost) == 0 && !s.unsettled {
		return nil
	}
	mine, before := &round{done: make(chan struct{})}, s.running
	s.waiting = mine
	s.rounds.Go(func() {
		if before != nil {
			<-before.done
		}
		s.mu.Lock()
		s.waiting, s.running = nil, mine
		s.mu.Unlock()
		mine.err = s.settle(ctx)
		s.mu.Lock()
		s.running = nil
		s.mu.Unlock()
		close(mine.done)
	})
	return mine
}

// settle moves the staged blobs into the pool, durably. Only one runs at a time.
func (s *Store) settle(ctx context.Context) error {
	s.mu.Lock()
	owed := s.owed()
	s.mu.Unlock()
	for _, d := range owed {
		if err := s.recheck(ctx, d); err != nil {
			return err
		}
	}
	s.mu.Lock()
	batch, unsettled := maps.Clone(s.staged), s.unsettled
	s.mu.Unlock()
	if len(batch) > 0 || unsettled {
		if err := s.syncCommitted(batch); err != nil {
			return err
		}
		if err := s.movePooled(batch); err != nil {
			return err
		}
		if err := s.syncPool(); err != nil {
			return err
		}
	}
	return s.checkLost()
}

// owed are the doubtful blobs that this process has promised. The caller holds mu.
func (s *Store) owed() []digest.SHA256 {
	var owed []digest.SHA256
	for d, shown := range s.doubtful {
		if shown {
			owed = append(owed, d)
		}
	}
	return owed
}

// syncCommitted makes the bytes of a batch durable. If that fails, no earlier write counts, even if it reads
// correctly: after a failed write-back the kernel considers the pages clean, and the next sync succeeds without
// writing them.
func (s *Store) syncCommitted(batch map[digest.SHA256]int64) error {
	err := s.fs.SyncAll(s.dir)
	if errors.Is(err, errors.ErrUnsupported) {
		err = nil
		for d := range batch {
			if syncErr := s.syncOne(d); syncErr != nil {
				err = syncErr
			}
		}
	}
	if err == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
	for d := range s.staged {
		s.doubtful[d] = true
	}
	clear(s.staged)
	return s.fault("make blobs durable", err)
}

// syncOne syncs one committed blob, unless it was removed meanwhile.
func (s *Store) syncOne(d digest.SHA256) error {
	err := s.fs.Sync(s.committedPath(d))
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, staged := s.staged[d]; !staged {
		return nil
	}
	return err
}

// movePooled renames a batch into the pool. One that fails leaves those after
// it staged.
func (s *Store) movePooled(batch map[digest.SHA256]int64) error {
	for d := range batch {
		if err := s.moveOne(d); err != nil {
			return s.fault("move blob "+d.String()+" into the pool", err)
		}
	}
	return nil
}

// moveOne renames one blob into the pool, unless it was removed meanwhile.
func (s *Store) moveOne(d digest.SHA256) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, staged := s.staged[d]; !staged {
		return nil
	}
	if err := s.makeShelf(s.shelf(d)); err != nil {
		return err
	}
	if err := s.fs.Rename(s.committedPath(d), s.poolPath(d)); err != nil {
		return err
	}
	s.unsettled = true
	delete(s.staged, d)
	return nil
}

// makeShelf makes a directory of the pool, once. The caller holds mu.
func (s *Store) makeShelf(shelf string) error {
	if s.shelves[shelf] {
		return nil
	}
	if err := s.fs.Mkdir(shelf); err != nil {
		return err
	}
	s.shelves[shelf] = true
	return nil
}

// syncPool makes the new names in the pool durable.
func (s *Store) syncPool() error {
	err := s.fs.SyncAll(s.dir)
	if errors.Is(err, errors.ErrUnsupported) {
		err = s.syncShelves()
	}
	if err != nil {
		return s.fault("make the pool durable", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsettled = false
	return nil
}

// syncShelves syncs every directory of the pool: after a failed flush it is unknown which names are not durable.
func (s *Store) syncShelves() error {
	shelves, err := filepath.Glob(filepath.Join(s.poolDir(), "[0-9a-f][0-9a-f]"))
	for _, dir := range append(shelves, s.poolDir()) {
		if err == nil {
			err = s.fs.Sync(dir)
		}
	}
	return err
}

// checkLost returns an error if the pool has lost blobs.
func (s *Store) checkLost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d := range s.lost {
		return problem.New(problem.Internal, "%d blobs were lost by a failing disk, among them %s", len(s.lost), d).
			WithHint("check the disk of %s, then download or upload them again", s.dir)
	}
	return nil
}
