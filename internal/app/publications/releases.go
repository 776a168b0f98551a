package publications

import (
	"context"
	"strconv"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

// Release is one generation of a publication.
type Release struct {
	Number   int64     `json:"number"`
	At       time.Time `json:"at"`
	Packages int       `json:"packages"`
	Sources  []string  `json:"sources" doc:"The sources of its build, with revisions"`
	Activity int64     `json:"activity,omitempty"`
	Snapshot string    `json:"snapshot" doc:"The time under which it is served, below the prefix, for as long as it is kept"`
	Pinned   bool      `json:"pinned,omitempty" doc:"It is kept whatever the retention says"`
}

func showRelease(r publish.Release) Release {
	return Release{
		Number: r.Number, At: usecase.Stamp(r.At), Packages: r.Packages, Activity: r.Activity,
		Snapshot: usecase.Stamp(r.At).Format(usecase.SnapshotForm), Sources: publish.SourceNames(r.Sources), Pinned: r.Pinned,
	}
}

// Releases lists the releases of a publication, newest first.
func (s *Service) Releases(ctx context.Context, prefix, distribution string, page usecase.Page) (usecase.List[Release], error) {
	number := func(r Release) int64 { return r.Number }
	return usecase.ReadList(ctx, s.k, access.Read, page, number, func(tx *db.Tx, before int64, limit int) ([]Release, error) {
		p, err := s.publication(ctx, tx, prefix, distribution)
		if err != nil {
			return nil, err
		}
		log, err := s.publish.Log(ctx, tx, p.ID, before, limit)
		return usecase.Map(log, showRelease), err
	})
}

// Retain sets which past releases of a publication are kept.
func (s *Service) Retain(ctx context.Context, prefix, distribution string, r collections.Retention) (Publication, error) {
	return change(ctx, s, "publish.retain", prefix, distribution, r, func(tx *db.Tx, p publish.Publication) (Publication, error) {
		p.Retention = r
		if err := s.publish.Retain(ctx, tx, p, r); err != nil {
			return Publication{}, err
		}
		return s.show(ctx, tx, p)
	})
}

// Pin keeps a release of a publication, with the states of its sources, whatever the
// retention says; with pinned false it ends that. The release is a number, or a time at which
// it was the newest (see [usecase.ParseInstant]).
func (s *Service) Pin(ctx context.Context, prefix, distribution, release string, pinned bool) (Release, error) {
	action := "publish.pin"
	if !pinned {
		action = "publish.unpin"
	}
	return change(ctx, s, action, prefix, distribution, map[string]string{"release": release}, func(tx *db.Tx, p publish.Publication) (Release, error) {
		r, err := s.namedRelease(ctx, tx, p, release)
		if err != nil {
			return Release{}, err
		}
		r.Pinned = pinned
		return showRelease(r), s.publish.Pin(ctx, tx, p, r.Number, pinned)
	})
}

// namedRelease returns a release by its number or a time.
func (s *Service) namedRelease(ctx context.Context, tx *db.Tx, p publish.Publication, name string) (publish.Release, error) {
	if n, err := strconv.ParseInt(name, 10, 64); err == nil {
		return s.publish.Numbered(ctx, tx, p, n)
	}
	at, err := usecase.ParseInstant("release", name)
	if err == nil {
		err = s.collections.CheckPast(at, p.Ref())
	}
	if err != nil {
		return publish.Release{}, err
	}
	return s.publish.AsOf(ctx, tx, p, at)
}
