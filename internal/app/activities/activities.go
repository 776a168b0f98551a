package activities

import (
	"context"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// ActivityFilter chooses activities; empty fields choose all.
type ActivityFilter struct {
	Status  string
	Type    string
	Subject string
}

// Activities lists activities, newest first.
func (s *Service) List(ctx context.Context, f ActivityFilter, p usecase.Page) (usecase.List[usecase.Activity], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.List[usecase.Activity]{}, err
	}
	before, err := usecase.PageNumber(p)
	if err != nil {
		return usecase.List[usecase.Activity]{}, err
	}
	filter := activity.Filter{Type: f.Type, Subject: f.Subject}
	if f.Status != "" {
		filter.Statuses = []activity.Status{activity.Status(f.Status)}
	}
	// One more than a page tells whether there is another.
	found, err := s.k.Engine.List(ctx, filter, activity.Page{After: before, Limit: p.Size() + 1})
	if err != nil {
		return usecase.List[usecase.Activity]{}, err
	}
	items := make([]usecase.Activity, len(found))
	for i, x := range found {
		items[i] = s.k.Show(x)
	}
	return usecase.PageOf(items, p.Size(), func(x usecase.Activity) string { return usecase.Number(x.ID) }), nil
}

// ActivityCondition chooses activities by all that is known of them.
type ActivityCondition = activity.Condition

// The statuses of activities, as conditions name them.
const (
	ActivityWaiting   = activity.Waiting
	ActivityRunning   = activity.Running
	ActivityDone      = activity.Done
	ActivityFailed    = activity.Failed
	ActivityCancelled = activity.Cancelled
)

// SearchActivities gives the activities that a condition chooses, oldest first: at most
// limit (1 to 1000) of them after the first offset.
func (s *Service) Search(ctx context.Context, c ActivityCondition, offset, limit int) ([]usecase.Activity, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	found, err := s.k.Engine.Search(ctx, c, offset, limit)
	items := make([]usecase.Activity, len(found))
	for i, x := range found {
		items[i] = s.k.Show(x)
	}
	return items, err
}

// Author is the person who began an activity.
type Author struct {
	ID          int64
	Name, Email string
}

// Authors finds the persons among those who began activities, by what these say of it
// (CreatedBy). Tokens, and the server itself, are none.
func (s *Service) Authors(ctx context.Context, names []string) (map[string]Author, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (map[string]Author, error) {
		found := map[string]Author{}
		for _, name := range names {
			if _, known := found[name]; known || !strings.Contains(name, "@") {
				continue
			}
			p, err := s.k.Access.Person(ctx, tx, name)
			if problem.Is(err, problem.NotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			found[name] = Author{ID: p.ID, Name: p.Name, Email: p.Email}
		}
		return found, nil
	})
}

// Activity gives one activity.
func (s *Service) Get(ctx context.Context, id int64) (usecase.Activity, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.Activity{}, err
	}
	x, err := s.k.Engine.Get(ctx, id)
	return s.k.Show(x), err
}

// WatchActivity gives an activity as soon as it is newer than a version, or as
// it is when the context's deadline comes first.
func (s *Service) Watch(ctx context.Context, id, version int64, wait time.Duration) (usecase.Activity, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.Activity{}, err
	}
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	x, err := s.k.Engine.Watch(limited, id, version)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		x, err = s.k.Engine.Get(ctx, id)
	}
	return s.k.Show(x), err
}

// CancelActivity ends an activity that has not come to its end.
func (s *Service) Cancel(ctx context.Context, id int64) (usecase.Activity, error) {
	x, err := s.k.Cancellable(ctx, id)
	if err != nil {
		return usecase.Activity{}, err
	}
	if x.Finished() {
		return usecase.Activity{}, problem.New(problem.Conflict, "activity %d is %s already", id, x.Status)
	}
	who, _ := access.From(ctx)
	cancelled, err := s.k.Engine.Cancel(ctx, id, who.Name)
	return s.k.Show(cancelled), err
}

// ForgetActivity deletes the record of an activity that came to its end.
func (s *Service) Forget(ctx context.Context, id int64) (usecase.Activity, error) {
	if _, err := s.k.Cancellable(ctx, id); err != nil {
		return usecase.Activity{}, err
	}
	gone, err := s.k.Engine.Forget(ctx, id)
	return s.k.Show(gone), err
}

// ActivityLog gives the lines of an activity's log, oldest first.
func (s *Service) Log(ctx context.Context, id int64) ([]string, error) {
	if _, err := s.Get(ctx, id); err != nil {
		return nil, err
	}
	lines, err := s.k.Engine.Log(ctx, id, 0)
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.Text
	}
	return texts, err
}
