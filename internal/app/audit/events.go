package audit

import (
	"cmp"
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
	EntityType string // of the object, such as "mirror"
	EntityName string
	Message    string // such as "sync mirror bookworm"
	PersonID   int64  // 0: a token, or the server itself
	PersonName string // of the person, or of the token
}

// Bounds of requests for events.
const (
	maxEventDays = 3650
	maxEvents    = 1000
)

// Events returns the events of the last days, newest first: up to limit (0 and more than 1000
// are 1000) behind the first offset.
func (s *Service) Events(ctx context.Context, days, limit, offset int) ([]Event, error) {
	return usecase.Read(ctx, s.k, access.Events, func(tx *db.Tx) ([]Event, error) {
		if days < 1 || days > maxEventDays {
			return nil, problem.Because(problem.New(problem.Invalid, "%d is no number of days to look back", days).In("days").WithHint("from 1 to %d", maxEventDays), problem.InvalidValue)
		}
		if limit < 0 || offset < 0 {
			return nil, problem.Because(problem.New(problem.Invalid, "neither limit nor offset can be negative").In("limit"), problem.InvalidValue)
		}
		since := s.k.Now().Add(-time.Duration(days) * 24 * time.Hour)
		found, err := access.LogFrom(ctx, tx, access.Filter{Since: usecase.Micros(since)}, offset, min(cmp.Or(limit, maxEvents), maxEvents))
		if err != nil {
			return nil, err
		}
		names := map[int64]string{}
		return usecase.TryMap(found, func(e access.Entry) (Event, error) {
			event := showEvent(e)
			if e.Person == 0 {
				return event, nil
			}
			if names[e.Person] == "" {
				p, err := s.k.Access.PersonByID(ctx, tx, e.Person)
				if err != nil {
					return event, err
				}
				names[e.Person] = p.Name
			}
			event.PersonName = names[e.Person]
			return event, nil
		})
	})
}

// showEvent puts an entry into words. An action is NOUN.VERB, a subject KIND:NAME of the
// object.
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
