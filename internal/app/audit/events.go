package audit

import (
	"context"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Event is an entry of the audit log in the words of Landscape's event log.
type Event struct {
	ID         int64
	At         time.Time
	EntityType string // what it is about, such as "mirror"
	EntityName string
	Message    string // such as "sync mirror bookworm"
	PersonID   int64  // 0: a token, or the server itself
	PersonName string // of the person, or of the token
}

// Bounds of what is asked of the event log.
const (
	maxEventDays = 3650
	maxEvents    = 1000
)

// EventLog lists what was done in the last days, newest first: up to limit events (0 for
// 1000, which is the most) after the first offset ones. Who reads it needs the permission
// for the event log.
func (s *Service) Events(ctx context.Context, days, limit, offset int) ([]Event, error) {
	if err := access.Require(ctx, access.Events); err != nil {
		return nil, err
	}
	if days < 1 || days > maxEventDays {
		return nil, problem.Because(problem.New(problem.Invalid, "%d is no number of days to look back", days).In("days").WithHint("from 1 to %d", maxEventDays), problem.InvalidValue)
	}
	if limit < 0 || offset < 0 {
		return nil, problem.Because(problem.New(problem.Invalid, "neither limit nor offset can be negative").In("limit"), problem.InvalidValue)
	}
	if limit == 0 {
		limit = maxEvents
	}
	since := s.k.Now().Add(-time.Duration(days) * 24 * time.Hour)
	return usecase.View(ctx, s.k, func(tx *db.Tx) ([]Event, error) {
		found, err := access.LogFrom(ctx, tx, access.Filter{Since: usecase.Micros(since)}, offset, min(limit, maxEvents))
		if err != nil {
			return nil, err
		}
		names := map[int64]string{}
		events := make([]Event, len(found))
		for i, e := range found {
			events[i] = showEvent(e)
			if e.Person == 0 {
				continue
			}
			if names[e.Person] == "" {
				p, err := s.k.Access.PersonByID(ctx, tx, e.Person)
				if err != nil {
					return nil, err
				}
				names[e.Person] = p.Name
			}
			events[i].PersonName = names[e.Person]
		}
		return events, nil
	})
}

// showEvent puts an entry into words: its action is a noun and a verb with a full stop
// between, its subject the kind and the name of what it was done to.
func showEvent(e access.Entry) Event {
	kind, name, ok := strings.Cut(e.Subject, ":")
	if !ok {
		kind, name = "", e.Subject
	}
	words := []string{e.Action}
	if noun, verb, ok := strings.Cut(e.Action, "."); ok {
		words = []string{verb, noun}
		if noun != kind && kind != "" {
			words = append(words, "of", kind)
		}
	}
	if name != "" {
		words = append(words, name)
	}
	return Event{ID: e.ID, At: usecase.Stamp(e.At), EntityType: kind, EntityName: name, Message: strings.Join(words, " "), PersonID: e.Person, PersonName: e.Who}
}
