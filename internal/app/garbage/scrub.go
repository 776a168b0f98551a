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

// ScrubReport is the result of a scrub.
type ScrubReport struct {
	Blobs    int      `json:"blobs" doc:"Files in the pool"`
	Bytes    int64    `json:"bytes"`
	Needed   int      `json:"needed" doc:"Files that a state of a collection or a release needs"`
	Orphans  int      `json:"orphans" doc:"Files that nothing needs; they do no harm"`
	Deferred int      `json:"deferred" doc:"Needed files that on-demand mirrors left upstream; they are not missing"`
	Corrupt  []string `json:"corrupt" doc:"SHA-256 of files whose bytes are damaged"`
	Missing  []string `json:"missing" doc:"SHA-256 of needed files that the pool lacks"`
}

// Clean reports whether no file is corrupt or missing.
func (r ScrubReport) Clean() bool { return len(r.Corrupt) == 0 && len(r.Missing) == 0 }

// Scrub reads the whole pool, verifies each blob and compares the list with the blobs that the
// database needs. It calls progress after each blob with the totals so far.
func (s *Service) Scrub(ctx context.Context, progress func(blobs int, bytes int64)) (ScrubReport, error) {
	// The needed blobs are read first: a later blob only counts as an orphan.
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
			continue // deleted meanwhile
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
	err = s.scrubMissing(ctx, needed, &r)
	return r, err
}

// scrubMissing sorts the needed blobs that Scrub did not see into deferred and missing ones.
func (s *Service) scrubMissing(ctx context.Context, needed map[digest.SHA256]bool, r *ScrubReport) error {
	for d := range needed {
		if _, err := s.k.Pool.Stat(ctx, d); err == nil {
			delete(needed, d) // it arrived meanwhile
		}
	}
	if len(needed) == 0 {
		return nil
	}
	// A deferred file leaves this list only after it is in the pool, and a collection has deleted only files
	// that nothing needs now.
	var deferred, still map[digest.SHA256]bool
	err := s.k.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if deferred, err = gather(s.mirror.Deferred(ctx, tx)); err == nil {
			still, err = s.needed(ctx, tx)
		}
		return err
	})
	if err != nil {
		return err
	}
	for d := range needed {
		if deferred[d] {
			r.Deferred++
		} else if !still[d] {
			continue
		} else if _, err := s.k.Pool.Stat(ctx, d); err != nil {
			r.Missing = append(r.Missing, d.String())
		}
	}
	return nil
}

// needed returns the blobs of all files of packages that a revision lists, of all releases, of
// the links of endpoints, and of the files that wait for uploads.
func (s *Service) needed(ctx context.Context, tx *db.Tx) (map[digest.SHA256]bool, error) {
	return gather(s.k.Catalog.Blobs(ctx, tx), s.publish.Blobs(ctx, tx), s.publish.Links(ctx, tx), s.queue.Blobs(ctx, tx))
}
