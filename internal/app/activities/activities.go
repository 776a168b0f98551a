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

// Filter chooses activities; empty fields choose all.
type Filter struct {
	Status  string
	Type    string
	Subject string
}

// List returns activities, newest first.
func (s *Service) List(ctx context.Context, f Filter, p usecase.Page) (usecase.List[usecase.Activity], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.List[usecase.Activity]{}, err
	}
	filter := activity.Filter{Type: f.Type, Subject: f.Subject}
	if f.Status != "" {
		filter.Statuses = []activity.Status{activity.Status(f.Status)}
	}
	return usecase.ListOf(p, func(x usecase.Activity) int64 { return x.ID }, func(before int64, limit int) ([]usecase.Activity, error) {
		found, err := s.k.Engine.List(ctx, filter, activity.Page{After: before, Limit: limit})
		return usecase.Map(found, s.k.Show), err
	})
}

// Condition chooses activities by any of their properties.
type Condition = activity.Condition

// The statuses of activities, as conditions name them.
const (
	Waiting   = activity.Waiting
	Running   = activity.Running
	Done      = activity.Done
	Failed    = activity.Failed
	Cancelled = activity.Cancelled
)

// Search returns the activities that meet a condition, oldest first: at most limit (1 to
// 1000) behind the first offset.
func (s *Service) Search(ctx context.Context, c Condition, offset, limit int) ([]usecase.Activity, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	found, err := s.k.Engine.Search(ctx, c, offset, limit)
	return usecase.Map(found, s.k.Show), err
}

// Author is the person who began an activity.
type Author struct {
	ID          int64
	Name, Email string
}

// Authors returns the persons among the creators of activities, by the names in CreatedBy.
// Tokens and the server itself are left out.
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

// Get returns one activity.
func (s *Service) Get(ctx context.Context, id int64) (usecase.Activity, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.Activity{}, err
	}
	x, err := s.k.Engine.Get(ctx, id)
	return s.k.Show(x), err
}

// Watch returns an activity as soon as it is newer than a version, and unchanged when wait is
// over.
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

// Cancel cancels an activity. One that has ended is problem.Conflict.
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

// Forget deletes the record of an activity that has ended.
func (s *Service) Forget(ctx context.Context, id int64) (usecase.Activity, error) {
	if _, err := s.k.Cancellable(ctx, id); err != nil {
		return usecase.Activity{}, err
	}
	gone, err := s.k.Engine.Forget(ctx, id)
	return s.k.Show(gone), err
}

// Log returns the lines of an activity's log, oldest first.
func (s *Service) Log(ctx context.Context, id int64) ([]string, error) {
	if _, err := s.Get(ctx, id); err != nil {
		return nil, err
	}
	lines, err := s.k.Engine.Log(ctx, id, 0)
	return usecase.Map(lines, func(l activity.Line) string { return l.Text }), err
}
