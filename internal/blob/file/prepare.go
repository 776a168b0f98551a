package file

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/aptarium/aptarium/internal/digest"
)

// prepare makes the directories and looks at what the last process left.
func (s *Store) prepare() error {
	for _, dir := range []string{s.poolDir(), s.stagedDir("new"), s.stagedDir("partial"), s.stagedDir("committed")} {
		if err := s.fs.Mkdir(dir); err != nil {
			return s.fault("make the pool's directories", err)
		}
	}
	if err := s.dropUnfinished(); err != nil {
		return err
	}
	s.masked = s.isMasked()
	if err := s.findLeftovers(); err != nil {
		return err
	}
	return s.findPartials()
}

// dropUnfinished deletes what was being written when the last process ended.
func (s *Store) dropUnfinished() error {
	entries, err := os.ReadDir(s.stagedDir("new"))
	if err != nil {
		return fmt.Errorf("look for unfinished blobs: %w", err)
	}
	for _, e := range entries {
		if err := s.fs.Remove(filepath.Join(s.stagedDir("new"), e.Name())); err != nil {
			return s.fault("delete an unfinished blob", err)
		}
	}
	return nil
}

// isMasked makes a file to see which mode it gets. Servers that blobs are linked
// for must be able to read them, and a chmod for each takes as long as its bytes.
func (s *Store) isMasked() bool {
	path := s.temporaryPath()
	defer func() { _ = os.Remove(path) }() // the next start deletes it otherwise
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, blobMode)
	if err != nil {
		return true
	}
	defer f.Close()
	info, err := f.Stat()
	return err != nil || info.Mode() != blobMode
}

// findLeftovers notes the blobs that were committed but not flushed.
func (s *Store) findLeftovers() error {
	entries, err := os.ReadDir(s.stagedDir("committed"))
	if err != nil {
		return fmt.Errorf("look for unflushed blobs: %w", err)
	}
	for _, e := range entries {
		if d, err := digest.Parse(e.Name()); err == nil {
			s.doubtful[d] = false
		}
	}
	return nil
}

// findPartials notes the downloads that can be resumed and drops those beyond
// the limits.
func (s *Store) findPartials() error {
	entries, err := os.ReadDir(s.stagedDir("partial"))
	if err != nil {
		return fmt.Errorf("look for interrupted downloads: %w", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return fmt.Errorf("look for interrupted downloads: %w", err)
		}
		if d, err := digest.Parse(e.Name()); err == nil {
			s.partials[d] = info.ModTime()
		}
	}
	s.prunePartials()
	return nil
}

// prunePartials deletes idle partials that are too old or too many. The caller
// holds mu or is alone. One that cannot be deleted is left to the next start.
func (s *Store) prunePartials() {
	byAge := make([]digest.SHA256, 0, len(s.partials))
	for d := range s.partials {
		byAge = append(byAge, d)
	}
	slices.SortFunc(byAge, func(a, b digest.SHA256) int { return s.partials[a].Compare(s.partials[b]) })
	for i, d := range byAge {
		if len(byAge)-i <= s.limits.Partials && time.Since(s.partials[d]) < s.limits.PartialAge {
			return
		}
		s.dropPartial(d)
	}
}

// dropPartial deletes an idle partial. The caller holds mu or is alone.
func (s *Store) dropPartial(d digest.SHA256) {
	if _, idle := s.partials[d]; idle {
		delete(s.partials, d)
		_ = s.fs.Remove(s.partialPath(d)) // a file left over is pruned by the next start
	}
}
