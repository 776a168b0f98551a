package collections

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// Revision is one change of a collection, or one release of a publication.
type Revision struct {
	Number   int64     `json:"number"`
	At       time.Time `json:"at"`
	Added    int       `json:"added"`
	Removed  int       `json:"removed"`
	Packages int       `json:"packages" doc:"Packages after it"`
	Activity int64     `json:"activity,omitempty"`
	By       string    `json:"by,omitempty" doc:"The principal who did it, or started its activity"`
	Action   string    `json:"action,omitempty" doc:"The action, such as repo.add or mirror.sync"`
	Sources  []string  `json:"sources,omitempty" doc:"Of a release: its sources, with revisions"`
	Snapshot string    `json:"snapshot,omitempty" doc:"Of a release: the time in its address, below the prefix"`
}

// History lists the revisions of a collection or the releases of a publication, newest first,
// from the state of the reference on.
func (s *Service) History(ctx context.Context, ref Ref, p usecase.Page) (usecase.List[Revision], error) {
	list, err := ReadStates(ctx, s, []Ref{ref}, func(tx *db.Tx) ([]Revision, error) {
		before, err := usecase.PageNumber(p)
		if err != nil {
			return nil, err
		}
		if ref.Kind == Published {
			return s.releaseHistory(ctx, tx, ref, before, p.Size()+1)
		}
		return s.collectionHistory(ctx, tx, ref, before, p.Size()+1)
	})
	if err != nil {
		return usecase.List[Revision]{}, err
	}
	l := usecase.PageOf(list, p.Size(), func(r Revision) string { return usecase.Number(r.Number) })
	return l, s.addCreators(ctx, l.Items)
}

func (s *Service) collectionHistory(ctx context.Context, tx *db.Tx, ref Ref, before int64, limit int) ([]Revision, error) {
	c, v, err := s.Resolve(ctx, tx, ref)
	if err != nil {
		return nil, err
	}
	if v.Revision == 0 {
		return nil, nil
	}
	if before == 0 || before > v.Revision {
		before = v.Revision + 1
	}
	log, err := s.k.Catalog.Log(ctx, tx, c.ID, before, limit)
	if err != nil {
		return nil, err
	}
	list := usecase.Map(log, func(r catalog.Revision) Revision {
		return Revision{Number: r.Number, At: usecase.Stamp(r.At), Added: r.Added, Removed: r.Removed, Packages: r.Members, Activity: r.Activity}
	})
	return list, s.addAuthors(ctx, tx, c.Ref(), list)
}

// addAuthors adds the author and the action of the revisions without an activity, from the audit
// entry of the same instant.
func (s *Service) addAuthors(ctx context.Context, tx *db.Tx, subject string, list []Revision) error {
	var first, last int64
	at := map[int64]*Revision{}
	for i := range list {
		if r := &list[i]; r.Activity == 0 {
			first, last = r.At.UnixMicro(), max(last, r.At.UnixMicro())
			at[first] = r
		}
	}
	if len(at) == 0 {
		return nil
	}
	// Many acts add no revision, so one page of entries may not be enough.
	for before := int64(0); ; {
		entries, err := access.Log(ctx, tx, access.Filter{Subject: subject, Since: first, Until: last + 1}, before, MaxShown)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if r := at[e.At]; r != nil {
				r.By, r.Action = e.Who, e.Action
			}
		}
		if len(entries) < MaxShown {
			return nil
		}
		before = entries[len(entries)-1].ID
	}
}

// addCreators adds who started the activities of revisions. Deleted activities add nothing.
func (s *Service) addCreators(ctx context.Context, list []Revision) error {
	for i := range list {
		r := &list[i]
		if r.Activity == 0 {
			continue
		}
		made, err := s.k.Engine.Get(ctx, r.Activity)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		r.By, r.Action = made.CreatedBy, made.Type
	}
	return nil
}

// releaseHistory returns the releases of a publication, each compared with the one before it.
func (s *Service) releaseHistory(ctx context.Context, tx *db.Tx, ref Ref, before int64, limit int) ([]Revision, error) {
	p, newest, err := s.ResolveRelease(ctx, tx, ref)
	if err != nil || newest.Number == 0 {
		return nil, err
	}
	if before == 0 || before > newest.Number {
		before = newest.Number + 1
	}
	log, err := s.publish.Log(ctx, tx, p.ID, before, limit+1)
	if err != nil {
		return nil, err
	}
	sets := make([]bitset.Set, len(log)+1)
	for i, r := range log {
		if sets[i], err = s.publish.Members(ctx, tx, r); err != nil {
			return nil, err
		}
	}
	list := make([]Revision, min(limit, len(log)))
	for i := range list {
		r := log[i]
		list[i] = Revision{
			Number: r.Number, At: usecase.Stamp(r.At), Added: sets[i].Minus(sets[i+1]).Len(), Removed: sets[i+1].Minus(sets[i]).Len(), Packages: r.Packages,
			Activity: r.Activity, Sources: publish.SourceNames(r.Sources), Snapshot: usecase.Stamp(r.At).Format(usecase.SnapshotForm),
		}
	}
	return list, nil
}
