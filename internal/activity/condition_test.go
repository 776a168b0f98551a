package activity_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/problem"
)

// TestSearchGivesWhatAConditionChooses has five activities: a parent with a child, one
// of another type, one that is delayed, and one of somebody else, a minute apart.
func TestSearchGivesWhatAConditionChooses(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		start := time.Now()
		var ids []int64
		for i := range 5 {
			spec := activity.Spec{Type: "work", CreatedBy: "ann"}
			switch i {
			case 1:
				spec.Parent = ids[0]
			case 2:
				spec.Type = "other"
			case 3:
				spec.RunAt = start.Add(time.Hour)
			case 4:
				spec.CreatedBy = "bob"
			}
			ids = append(ids, w.submit(spec).ID)
			time.Sleep(time.Minute)
		}
		if _, err := w.Cancel(t.Context(), ids[4], "ann"); err != nil {
			t.Fatal(err)
		}
		type c = activity.Condition
		for name, each := range map[string]struct {
			condition c
			want      []int64
		}{
			"all":                 {c{}, ids},
			"one":                 {c{ID: ids[2]}, ids[2:3]},
			"children":            {c{Parent: ids[0]}, ids[1:2]},
			"a type":              {c{Types: []string{"other", "unknown"}}, ids[2:3]},
			"no type":             {c{Types: []string{}}, nil},
			"a status":            {c{Statuses: []activity.Status{activity.Cancelled}}, ids[4:]},
			"someone's":           {c{CreatedBy: "bob"}, ids[4:]},
			"later":               {c{RunAfter: start}, ids[3:4]},
			"a time":              {c{CreatedFrom: start.Add(time.Minute), CreatedBefore: start.Add(3 * time.Minute)}, ids[1:3]},
			"two at once":         {c{CreatedBy: "ann", Types: []string{"work"}}, []int64{ids[0], ids[1], ids[3]}},
			"each of two":         {c{All: []c{{CreatedBy: "ann"}, {ID: ids[4]}}}, nil},
			"one of two":          {c{Any: []c{{CreatedBy: "bob"}, {ID: ids[0]}}}, []int64{ids[0], ids[4]}},
			"one of none":         {c{Any: []c{}}, nil},
			"not one":             {c{Not: &c{CreatedBy: "ann"}}, ids[4:]},
			"not children":        {c{Not: &c{Parent: ids[0]}}, []int64{ids[0], ids[2], ids[3], ids[4]}},
			"not all":             {c{Not: &c{}}, nil},
			"not one of two, one": {c{Not: &c{Any: []c{{ID: ids[0]}, {ID: ids[1]}}}, Types: []string{"work"}}, ids[3:]},
		} {
			got, err := w.Search(t.Context(), each.condition, 0, 1000)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			want(t, name, idsOf(got), each.want)
		}
	})
}

func TestSearchGivesPartsOfWhatItFinds(t *testing.T) {
	t.Parallel()
	each(t, activity.Options{}, func(t *testing.T, w *world) {
		var ids []int64
		for range 5 {
			ids = append(ids, w.submit(activity.Spec{}).ID)
		}
		got, err := w.Search(t.Context(), activity.Condition{}, 1, 3)
		if err != nil || !slices.Equal(idsOf(got), ids[1:4]) {
			t.Errorf("three after the first are %v, %v", idsOf(got), err)
		}
		for _, page := range [][2]int{{-1, 1}, {0, 0}, {0, 1001}} {
			if _, err := w.Search(t.Context(), activity.Condition{}, page[0], page[1]); !problem.Is(err, problem.Invalid) {
				t.Errorf("%v gives %v", page, err)
			}
		}
		if _, err := w.Search(t.Context(), activity.Condition{Any: slices.Repeat([]activity.Condition{{ID: 1}}, 501)}, 0, 1); !problem.Is(err, problem.TooLarge) {
			t.Errorf("a condition of 501 parts gives %v", err)
		}
	})
}

func idsOf(list []activity.Activity) (ids []int64) {
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	return ids
}
