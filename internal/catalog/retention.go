package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Retention decides which past states of a collection or a publication are kept. The zero value
// keeps all of them. Else a state is kept that was the newest at any time in the last KeepAllDays
// days, or at the end of one of the last Daily days, Weekly weeks (ISO 8601: they end with Sunday)
// or Monthly months, all in UTC. The newest state is always kept, and so are states that snapshots,
// kept releases, pins or clients within the grace need.
type Retention struct {
	KeepAllDays int `json:"keep_all_days,omitempty" minimum:"0" maximum:"36500" doc:"Every state that was the newest at any time in so many days"`
	Daily       int `json:"daily,omitempty" minimum:"0" maximum:"36500" doc:"The states at the ends of so many days (UTC)"`
	Weekly      int `json:"weekly,omitempty" minimum:"0" maximum:"5200" doc:"The states at the ends of so many weeks, which end with Sunday"`
	Monthly     int `json:"monthly,omitempty" minimum:"0" maximum:"1200" doc:"The states at the ends of so many months"`
}

// KeepsAll reports whether every state is kept.
func (r Retention) KeepsAll() bool { return r == Retention{} }

// retentionTerm is one part of a retention as people write it.
type retentionTerm struct {
	name  string
	most  int
	value *int
}

func (r *Retention) terms() []retentionTerm {
	return []retentionTerm{
		{"all", 36500, &r.KeepAllDays}, {"daily", 36500, &r.Daily}, {"weekly", 5200, &r.Weekly}, {"monthly", 1200, &r.Monthly},
	}
}

// retentionHint shows the form of a retention.
const retentionHint = "write it as all=14d,daily=30,weekly=8,monthly=12 with any of the four, or keep to keep all"

// Check refuses numbers out of range: a problem of kind Invalid in "retention".
func (r Retention) Check() error {
	for _, t := range r.terms() {
		if *t.value < 0 || *t.value > t.most {
			return problem.New(problem.Invalid, "%s=%d is out of range", t.name, *t.value).In("retention").
				WithHint("give a number from 0 to %d", t.most)
		}
	}
	return nil
}

// String writes the retention as [ParseRetention] reads it.
func (r Retention) String() string {
	var parts []string
	for _, t := range r.terms() {
		switch {
		case *t.value == 0:
		case t.name == "all":
			parts = append(parts, fmt.Sprintf("all=%dd", *t.value))
		default:
			parts = append(parts, fmt.Sprintf("%s=%d", t.name, *t.value))
		}
	}
	if len(parts) == 0 {
		return "keep"
	}
	return strings.Join(parts, ",")
}

// ParseRetention reads a retention: "keep", which keeps all, or any of all=DAYSd,
// daily=N, weekly=N and monthly=N, separated by commas. What cannot be read is a
// problem of kind Invalid.
func ParseRetention(text string) (r Retention, err error) {
	if text == "keep" {
		return r, nil
	}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		into := (*int)(nil)
		for _, t := range r.terms() {
			if t.name == name {
				into = t.value
			}
		}
		if name == "all" {
			number = strings.TrimSuffix(number, "d")
		}
		n, err := strconv.Atoi(number)
		if into == nil || err != nil || seen[name] {
			return Retention{}, problem.New(problem.Invalid, "%q is no retention", text).In("retention").WithHint(retentionHint)
		}
		*into, seen[name] = n, true
	}
	if r.KeepsAll() {
		return r, problem.New(problem.Invalid, "%q keeps nothing", text).In("retention").WithHint(retentionHint)
	}
	return r, r.Check()
}

// Span is the time in which a state was the newest: from the instant At up to, not including, the
// instant Until, in microseconds since 1970.
type Span struct{ At, Until int64 }

// Keeps reports for each span whether the retention alone keeps it. The spans must be in the order
// of time without overlap; gaps of thinned states are allowed.
func (r Retention) Keeps(states []Span, now time.Time) []bool {
	keeps := make([]bool, len(states))
	recent := now.UTC().AddDate(0, 0, -r.KeepAllDays).UnixMicro()
	for i, s := range states {
		keeps[i] = r.KeepsAll() || r.KeepAllDays > 0 && s.Until > recent
	}
	next := len(states) - 1
	for _, instant := range r.instants(now.UTC()) { // newest first, as the walk goes
		for next >= 0 && states[next].At > instant {
			next--
		}
		if next >= 0 && states[next].Until > instant {
			keeps[next] = true
		}
	}
	return keeps
}

// instants returns the last microseconds of the days, weeks and months whose states
// are kept, newest first.
func (r Retention) instants(now time.Time) []int64 {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	monday := midnight.AddDate(0, 0, -(int(midnight.Weekday())+6)%7)
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	var list []int64
	for i := range r.Daily {
		list = append(list, midnight.AddDate(0, 0, -i).UnixMicro()-1)
	}
	for i := range r.Weekly {
		list = append(list, monday.AddDate(0, 0, -7*i).UnixMicro()-1)
	}
	for i := range r.Monthly {
		list = append(list, first.AddDate(0, -i, 0).UnixMicro()-1)
	}
	slices.SortFunc(list, func(a, b int64) int { return cmp.Compare(b, a) })
	return list
}

// Retain stores the retention of a collection.
func (s *Store) Retain(ctx context.Context, tx *db.Tx, c Collection, r Retention) error {
	if err := r.Check(); err != nil {
		return err
	}
	if c.Kind == Snapshot {
		return problem.New(problem.Invalid, "a snapshot has one state, which is kept until it is dropped").In("retention")
	}
	text, err := EncodeRetention(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE collection SET retention = $1 WHERE id = $2", text, c.ID)
	return problem.While(err, "storing the retention of %s", c.Ref())
}

// EncodeRetention returns the stored form of a retention: empty for the zero value.
func EncodeRetention(r Retention) (string, error) {
	if r.KeepsAll() {
		return "", nil
	}
	text, err := json.Marshal(r)
	return string(text), problem.While(err, "encoding a retention")
}

// DecodeRetention reads the form that [EncodeRetention] returns.
func DecodeRetention(text string) (r Retention, err error) {
	if text == "" {
		return r, nil
	}
	err = json.Unmarshal([]byte(text), &r)
	return r, problem.While(err, "reading a retention")
}
