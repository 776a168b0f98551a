package activity

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// Status is the state of an activity.
type Status string

// The statuses. The last three are final.
const (
	Waiting   Status = "waiting"   // for its time, its locks or a worker
	Running   Status = "running"   // a process holds a lease on it
	Done      Status = "done"      // with its result
	Failed    Status = "failed"    // with its error
	Cancelled Status = "cancelled" // by somebody, or with its parent
)

// Finished reports whether the status is final.
func (s Status) Finished() bool { return s == Done || s == Failed || s == Cancelled }

// Activity is a snapshot of a unit of durable work.
type Activity struct {
	ID       int64  // grows with each submission
	Parent   int64  // 0 for a root
	Type     string // chooses the handler: "mirror.sync"
	Status   Status
	Subject  string // its object, for people and filters: "mirror:trixie"
	Summary  string // one line for people
	Payload  json.RawMessage
	Progress Progress
	Result   json.RawMessage // returned by the handler, if done
	Error    *Failure        // the reason why it, or its last attempt, failed

	CreatedBy   string
	CancelledBy string // set as soon as somebody asks to cancel it
	CreatedAt   time.Time
	RunAt       time.Time // not before this; zero: at once
	StartedAt   time.Time // of the latest attempt; zero before the first
	FinishedAt  time.Time // zero until finished

	Attempt     int           // 1 for the first
	MaxAttempts int           // the largest number of attempts
	Every       time.Duration // the interval of repetition, or 0
	UniqueKey   string
	Version     int64 // grows with every visible change

	path   string
	fence  int64
	inline bool
}

// Progress is how far a run has come. Zero totals mean "not known".
type Progress struct {
	Phase      string `json:"phase,omitempty"` // "indexes", "packages", …
	Done       int64  `json:"done,omitempty"`  // items
	Total      int64  `json:"total,omitempty"`
	DoneBytes  int64  `json:"done_bytes,omitempty"`
	TotalBytes int64  `json:"total_bytes,omitempty"`
	// Share is the part of the whole run that is done, from 0 to 1. A run sets it where
	// Done and Total count one of several phases. It is for runs that wait for this one.
	Share float64 `json:"-"`
}

// Fraction returns the part of the whole run that is done, from 0 to 1: Share if the run
// sets it, or else Done of Total.
func (p Progress) Fraction() float64 {
	switch {
	case p.Share > 0:
		return min(p.Share, 1)
	case p.Total > 0:
		return min(float64(p.Done)/float64(p.Total), 1)
	}
	return 0
}

// storedProgress is the form of a progress in the database.
type storedProgress struct {
	Progress
	Share float64 `json:"share,omitempty"`
}

// Failure is the stored form of the error that ended a run. An error that is not a problem has
// the kind internal.
type Failure struct {
	Kind    problem.Kind   `json:"kind"`
	Field   string         `json:"field,omitempty"`
	Message string         `json:"message"`
	Hint    string         `json:"hint,omitempty"`
	Reason  problem.Reason `json:"code,omitempty"`
}

// Problem returns the failure as an error.
func (f *Failure) Problem() *problem.Problem {
	return &problem.Problem{Kind: f.Kind, Field: f.Field, Message: f.Message, Hint: f.Hint}
}

// failureOf converts an error. The text around a problem becomes part of the message; the hint
// stays separate.
func failureOf(err error) *Failure {
	p, ok := errors.AsType[*problem.Problem](err)
	if !ok {
		return &Failure{Kind: problem.Internal, Message: err.Error(), Reason: problem.ReasonOf(err)}
	}
	f := &Failure{Kind: p.Kind, Field: p.Field, Message: p.Message, Hint: p.Hint, Reason: problem.ReasonOf(err)}
	if whole := err.Error(); whole != p.Error() {
		f.Field, f.Message, f.Hint = "", whole, ""
	}
	return f
}

// Lock is a resource that an activity locks, exclusively or shared. Names are free text, such as
// "mirror:trixie".
type Lock struct {
	Resource string
	Shared   bool
	// NoWait refuses to submit the activity, as Conflict, while another unfinished
	// activity holds or wants the resource, also if shared.
	NoWait bool
}

// Spec describes an activity to submit.
type Spec struct {
	Type    string // required
	Subject string
	Summary string
	Payload any // stored as JSON, at most 1 MiB; nil is stored as null
	Locks   []Lock
	Parent  int64 // an unfinished activity; 0: none

	RunAt time.Time // zero: at once
	// Every repeats the activity: when an occurrence has ended, in any way, the next is
	// submitted for a whole number of intervals after this one's RunAt. Cancelling the
	// waiting occurrence ends the schedule.
	Every time.Duration
	// UniqueKey prevents duplicates: if an activity with the key already waits, that one
	// is returned instead, and runs earlier if the new one would. The key must determine
	// type, payload and locks.
	UniqueKey string
	// MaxAttempts (default 1) lets the activity run again after its process
	// died or was stopped, and after errors marked with [Retry].
	MaxAttempts int
	CreatedBy   string // the principal, for people and the audit
}

// Limits of a spec, far above any real need.
const (
	maxText    = 1 << 10 // type, subject, summary, keys and names
	maxJSON    = 1 << 20 // payload and result
	maxLocks   = 256
	maxDepth   = 8
	maxRetries = 100
	minEvery   = time.Second
)

func (s *Spec) check() error {
	for field, text := range map[string]string{"type": s.Type, "subject": s.Subject, "summary": s.Summary,
		"unique key": s.UniqueKey, "creator": s.CreatedBy} {
		if len(text) > maxText {
			return problem.New(problem.Invalid, "%d bytes are too long", len(text)).In(field).WithHint("use at most %d", maxText)
		}
	}
	switch {
	case s.Type == "":
		return problem.New(problem.Invalid, "an activity needs a type").In("type")
	case s.MaxAttempts < 0 || s.MaxAttempts > maxRetries:
		return problem.New(problem.Invalid, "%d attempts are not possible", s.MaxAttempts).In("attempts").WithHint("use 1 to %d", maxRetries)
	case s.Every != 0 && s.Every < minEvery:
		return problem.New(problem.Invalid, "an interval of %v is too short", s.Every).In("every").WithHint("use at least %v", minEvery)
	case s.Every != 0 && s.Parent != 0:
		return problem.New(problem.Invalid, "a child cannot be repeated").In("every")
	case len(s.Locks) > maxLocks:
		return problem.New(problem.Invalid, "%d locks are too many", len(s.Locks)).In("locks").WithHint("use at most %d", maxLocks)
	}
	for _, l := range s.Locks {
		if l.Resource == "" || len(l.Resource) > maxText {
			return problem.New(problem.Invalid, "a lock's name has %d bytes", len(l.Resource)).In("locks").WithHint("use 1 to %d", maxText)
		}
	}
	return nil
}

// encode returns the JSON of a payload or result.
func encode(field string, v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("the %s of an activity: %w", field, err)
	}
	if len(text) > maxJSON {
		return "", problem.New(problem.TooLarge, "%d bytes of JSON are too long", len(text)).In(field).WithHint("use at most %d", maxJSON)
	}
	return string(text), nil
}
