package landscape_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// work starts an activity of a type, which goes on until the test lets it end as it says.
func (h *house) work(typ, summary string) (a usecase.Activity, told func(usecase.ActivityProgress), end func(error)) {
	h.TB.Helper()
	runs, ends := make(chan usecase.JobRun), make(chan error)
	a, err := h.Activities.Begin(h.Ctx, usecase.Job{Type: typ, Name: summary}, func(ctx context.Context, run usecase.JobRun) (any, error) {
		runs <- run
		select {
		case err := <-ends:
			return nil, err
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	})
	if err != nil {
		h.TB.Fatal(err)
	}
	run := <-runs
	return a, run.Progress, func(err error) {
		ends <- err
		h.Wait(a, nil)
	}
}

// progress gives what an activity's progress is told as.
func (h *house) progress(id int64) int {
	h.TB.Helper()
	var list []struct{ Progress int }
	h.do("GetActivities", "query", fmt.Sprintf("id:%d", id)).into(&list)
	if len(list) != 1 {
		h.TB.Fatalf("there are %d activities with the number %d", len(list), id)
	}
	return list[0].Progress
}

func TestActivitiesTellTheirProgress(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		a, told, end := h.work("pocket.sync", "Sync pocket 'release' of series 'trixie' in distribution 'debian'")
		for p, want := range map[usecase.ActivityProgress]int{
			{}: 1, {Phase: "release", Done: 0, Total: 100}: 1, {Phase: "download", Done: 35, Total: 100}: 35, {Done: 200, Total: 100}: 99,
			{Done: 100, Total: 100}: 99, {Done: -1, Total: 100}: 1, {Done: 1, Total: 8}: 12,
		} {
			told(p)
			if got := h.progress(a.ID); got != want {
				h.TB.Errorf("%+v is told as %d%%, not %d%%", p, got, want)
			}
		}
		end(nil)
		if p := h.progress(a.ID); p != 100 {
			h.TB.Errorf("its end is told as %d%%", p)
		}
		b, _, end := h.work("pocket.pull", "Pull")
		end(problem.New(problem.Upstream, "the other server is away").In("mirror_uri"))
		if p := h.progress(b.ID); p != -1 {
			h.TB.Errorf("a failure is told as %d%%", p)
		}
		h.do("GetActivities").golden()
		h.do("GetActivities", "query", "status:succeeded", "limit", "5").goldenAs("GetActivities-succeeded")
		h.do("GetActivities", "offset", "2").is(`[]`)
		h.do("GetActivityTypes").golden()
	})
}

func TestActivitiesOfOtherKindsAreNotShown(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		_, _, end := h.work("aptly", "A task of another dialect")
		h.do("GetActivities").is(`[]`)
		h.do("CancelActivities", "query", "status:delivered").is(`[]`)
		end(nil)
	})
}

func TestActivitiesAreCanceledAllOrNone(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		first, _, end := h.work("pocket.sync", "one")
		end(nil)
		second, _, _ := h.work("pocket.sync", "two")
		both := fmt.Sprintf("id:%d OR id:%d", first.ID, second.ID)
		h.do("CancelActivities", "query", both).fails(http.StatusBadRequest, "InvalidActivityStatusChange", fmt.Sprintf("%d => ", first.ID))
		if p := h.progress(second.ID); p < 0 {
			h.TB.Error("one of two was canceled though the other could not be")
		}
		h.as("reader").do("CancelActivities", "query", "status:delivered").fails(http.StatusForbidden, "Unauthorised")
		h.do("CancelActivities", "query", "status:delivered").is(`[` + strconv.FormatInt(second.ID, 10) + `]`)
		h.Wait(second, nil)
		h.do("CancelActivities", "query", "status:undelivered").golden()
		if p := h.progress(second.ID); p != -1 {
			h.TB.Errorf("what was canceled is told as %d%%", p)
		}
	})
}

func TestNothingWaitsForApproval(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		a, _, end := h.work("pocket.sync", "one")
		end(nil)
		h.do("ApproveActivities", "query", "status:unapproved").golden()
		h.do("ApproveActivities", "query", "status:succeeded").fails(http.StatusBadRequest, "InvalidActivityStatusChange", fmt.Sprintf("%d => ", a.ID))
	})
}

func TestQueriesThatCannotBeMeantAreTold(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		for _, action := range []string{"GetActivities", "CancelActivities", "ApproveActivities"} {
			h.do(action, "query", "colour:red").fails(http.StatusBadRequest, "InvalidQuery", "colour")
		}
		for _, bad := range [][]string{{"limit", "0"}, {"limit", "1001"}, {"offset", "-1"}, {"offset", "9999999999"}} {
			h.do("GetActivities", bad...).fails(http.StatusBadRequest, "InvalidParameterValue", bad[0])
		}
	})
}
