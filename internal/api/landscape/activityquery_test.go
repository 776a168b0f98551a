package landscape

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestQueriesOfActivities(t *testing.T) {
	t.Parallel()
	type c = activities.Condition
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	waiting, later := c{Statuses: statuses(activities.Waiting)}, c{RunAfter: now}
	one, two, failed := c{ID: 1}, c{ID: 2}, c{Statuses: statuses(activities.Failed)}
	for query, want := range map[string]c{
		"":                                   {},
		" \t ":                               {},
		"id:1":                               {All: []c{one}},
		"parent-id:7":                        {All: []c{{Parent: 7}}},
		"id:1 status:failed":                 {All: []c{one, failed}},
		"id:1 OR id:2":                       {All: []c{{Any: []c{one, two}}}},
		"NOT id:1":                           {All: []c{{Not: &one}}},
		"NOT NOT id:1":                       {All: []c{one}},
		"id:1 OR NOT id:2":                   {All: []c{{Any: []c{one, {Not: &two}}}}},
		"status:failed id:1 OR id:2 OR id:1": {All: []c{failed, {Any: []c{one, two, one}}}},
		"status:undelivered":                 {All: []c{{All: []c{waiting, {Not: &later}}}}},
		"status:scheduled":                   {All: []c{{All: []c{waiting, later}}}},
		"status:delivered":                   {All: []c{{Statuses: statuses(activities.Running)}}},
		"status:succeeded":                   {All: []c{{Statuses: statuses(activities.Done)}}},
		"status:canceled":                    {All: []c{{Statuses: statuses(activities.Cancelled)}}},
		"status:unapproved":                  {All: []c{{Any: []c{}}}},
		"computer:tag:laptop":                {All: []c{{Any: []c{}}}},
		"type:SyncPocketRequest":             {All: []c{{Types: []string{"pocket.sync"}}}},
		"type:RestartRequest":                {All: []c{{Types: []string{}}}},
		`creator:ann@example.org`:            {All: []c{{CreatedBy: "ann@example.org"}}},
		`creator:"Ann OR Bob"`:               {All: []c{{CreatedBy: "Ann OR Bob"}}},
		`"creator:Ann Lee" id:1`:             {All: []c{{CreatedBy: "Ann Lee"}, one}},
		"created-after:2026-11":              {All: []c{{CreatedFrom: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}}},
		"created-before:2026-11-21T10:30":    {All: []c{{CreatedBefore: time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC)}}},
	} {
		got, err := parseActivityQuery(query, now)
		if err != nil {
			t.Errorf("%q: %v", query, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q means otherwise (-want +got):\n%s", query, diff)
		}
	}
}

func TestQueriesOfActivitiesThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for query, says := range map[string]string{
		"101":                        "NAME:VALUE",
		"id:":                        "no value",
		"id:x":                       "no number",
		"id:-1":                      "no number",
		"id:99999999999999999999":    "no number",
		"parent-id:0":                "no number",
		"status:done":                "no status",
		"created-after:soon":         "not a time",
		"colour:red":                 "not known",
		"OR id:1":                    "before OR",
		"id:1 OR":                    "ends",
		"id:1 OR OR id:2":            "before OR",
		"NOT":                        "ends",
		`creator:"Ann`:               "no end",
		`"OR"`:                       "NAME:VALUE",
		strings.Repeat("id:1 ", 201): "more than",
	} {
		_, err := parseActivityQuery(query, time.Now())
		if problem.ReasonOf(err) != "InvalidQuery" || !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%.50q is told as %v, which does not say %q", query, err, says)
		}
	}
}

// FuzzActivityQuery has any text read: it is a condition that the database takes, or told
// as a query that cannot be meant.
func FuzzActivityQuery(f *testing.F) {
	for _, seed := range []string{"", "id:1 OR NOT status:failed", `creator:"a b" type:x`, "created-after:2026", "NOT NOT NOT id:1", `""`, `a:"":b`, "computer:tag:x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		c, err := parseActivityQuery(query, time.Now())
		if err != nil && problem.ReasonOf(err) != "InvalidQuery" {
			t.Fatalf("%q gives %v", query, err)
		}
		if len(c.All) > maxTerms {
			t.Fatalf("%d terms are too many", len(c.All))
		}
	})
}
