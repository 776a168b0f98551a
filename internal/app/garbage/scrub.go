package garbage

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// ScrubReport is what a scrub found.
type ScrubReport struct {
	Blobs   int   `json:"blobs" doc:"In the pool"`
	Bytes   int64 `json:"bytes"`
	Needed  int   `json:"needed" doc:"By a state of a collection or a release"`
	Orphans int   `json:"orphans" doc:"Needed by nothing; they do no harm"`
	// Deferred files come when they are asked for: they are not missing.
	Deferred int      `json:"deferred" doc:"Needed and still upstream, left there by on-demand mirrors"`
	Corrupt  []string `json:"corrupt" doc:"SHA-256 of blobs that have other bytes"`
	Missing  []string `json:"missing" doc:"SHA-256 of blobs that are needed and not there"`
}

// Clean tells whether all is well.
func (r ScrubReport) Clean() bool { return len(r.Corrupt) == 0 && len(r.Missing) == 0 }

// Scrub reads the whole pool and compares it with what the database says should
// be there. Progress is told of bytes read.
func (s *Service) Scrub(ctx context.Context, progress func(blobs int, bytes int64)) (ScrubReport, error) {
	// What is needed is read first: a blob that came later is one more at worst.
	needed, err := usecase.Read(ctx, s.k, access.Admin, func(tx *db.Tx) (map[digest.SHA256]bool, error) { return s.needed(ctx, tx) })
	if err != nil {
		return ScrubReport{}, err
	}
	r := ScrubReport{Needed: len(needed), Corrupt: []string{}, Missing: []string{}}
	for ref, err := range s.k.Pool.Each(ctx) {
		if err != nil {
			return r, err
		}
		err := blob.Verify(ctx, s.k.Pool, ref.SHA256)
		switch {
		case problem.Is(err, problem.NotFound):
			continue // removed meanwhile
		case problem.Is(err, problem.Untrusted):
			r.Corrupt = append(r.Corrupt, ref.SHA256.String())
		case err != nil:
			return r, err
		}
		r.Blobs++
		r.Bytes += ref.Size
		if !needed[ref.SHA256] {
			r.Orphans++
		}
		delete(needed, ref.SHA256)
		progress(r.Blobs, r.Bytes)
	}
	return r, s.scrubMissing(ctx, needed, &r)
}

// scrubMissing sorts what is needed and was not seen in the pool.
func (s *Service) scrubMissing(ctx context.Context, needed map[digest.SHA256]bool, r *ScrubReport) error {
	for d := range needed {
		if _, err := s.k.Pool.Stat(ctx, d); err == nil {
			delete(needed, d) // it came meanwhile
		}
	}
	if len(needed) == 0 {
		return nil
	}
	// A file that comes now goes from the list after it came to the pool.
	deferred, err := usecase.View(ctx, s.k, func(tx *db.Tx) (map[digest.SHA256]bool, error) {
		found := map[digest.SHA256]bool{}
		for d, err := range s.mirror.Deferred(ctx, tx) {
			if err != nil {
				return nil, err
			}
			found[d] = true
		}
		return found, nil
	})
	if err != nil {
		return err
	}
	for d := range needed {
		if deferred[d] {
			r.Deferred++
		} else if _, err := s.k.Pool.Stat(ctx, d); err != nil {
			r.Missing = append(r.Missing, d.String())
		}
	}
	return nil
}

// needed gathers the blobs of every file of every package that a revision lists,
// of every release, and of what places of other servers link to.
func (s *Service) needed(ctx context.Context, tx *db.Tx) (map[digest.SHA256]bool, error) {
	return gather(s.k.Catalog.Blobs(ctx, tx), s.publish.Blobs(ctx, tx), s.publish.Links(ctx, tx), s.queue.Blobs(ctx, tx))
}
