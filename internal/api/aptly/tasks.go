package aptly

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// taskType is the type of the activities that are aptly's tasks.
const taskType = "aptly"

// task is a task as clients see it.
type task struct {
	Name      string
	ID        int64
	State     int // 0 idle, 1 running, 2 succeeded, 3 failed
	Resources []string
}

func showTask(a usecase.Activity) task {
	t := task{Name: a.Summary, ID: a.ID, Resources: a.Resources}
	switch a.Status {
	case "running":
		t.State = 1
	case "done":
		t.State = 2
	case "failed", "cancelled":
		t.State = 3
	}
	return t
}

// returnValue is the result of a task: the answer that its call would have had.
type returnValue struct {
	Code  int
	Value any
}

// work does the work of a call, perhaps after the end of the call.
type work func(ctx context.Context, run usecase.JobRun) (answer, error)

// task runs work as a task: tasks with a common resource run one after the other, in the
// order of their calls. It returns the answer of the work, or with _async the task.
func (c *call) task(name string, resources []string, do work) (answer, error) {
	job := usecase.Job{Type: taskType, Name: name, Resources: resources}
	var result answer
	run := func(ctx context.Context, run usecase.JobRun) (any, error) {
		for _, look := range c.still {
			if err := look(ctx); err != nil {
				return nil, err
			}
		}
		a, err := do(ctx, run)
		if err != nil {
			return nil, err
		}
		result = a
		return returnValue{a.status, recordable(a.body)}, nil
	}
	if c.async() {
		begun, err := c.service.app.Activities.Begin(c.Context(), job, run)
		return answer{http.StatusAccepted, showTask(begun)}, err
	}
	done, err := c.service.app.Activities.Do(c.Context(), job, run)
	if !done.Finished() {
		return answer{}, err // also if the client is gone and the work continues
	}
	// As in aptly, only tasks without a waiting caller stay in the list.
	_, _ = c.service.app.Activities.Forget(context.WithoutCancel(c.Context()), done.ID)
	return result, err
}

// recordable returns the part of an answer that the record of a task stores: of very long
// reports, the beginning.
func recordable(body any) any {
	told, is := body.(importAnswer)
	if !is {
		return body
	}
	left := 0
	for _, list := range []*[]string{&told.Report.Warnings, &told.Report.Added, &told.Report.Removed, &told.FailedFiles} {
		kept := fitting(*list)
		left += len(*list) - kept
		*list = (*list)[:kept:kept]
	}
	if left > 0 {
		told.Report.Warnings = append(told.Report.Warnings, fmt.Sprintf("this record is too short for %d more lines", left))
	}
	return told
}

// recordedList limits a list of a report in the record of a task, in bytes.
const recordedList = 100 << 10

// fitting returns how many lines of a list have room in the record.
func fitting(lines []string) (count int) {
	for room := recordedList; count < len(lines); count++ {
		if room -= len(lines[count]) + len(`"",`); room < 0 {
			break
		}
	}
	return count
}

// async reports whether the caller does not wait.
func (c *call) async() bool {
	values, asked := c.URL.Query()["_async"]
	if !asked {
		return c.service.options.Config.AsyncAPI
	}
	switch strings.ToLower(values[0]) {
	case "n", "no", "f", "false", "0", "off":
		return false
	}
	return true
}

func (s *service) taskRoutes() []route {
	return []route{
		{"GET", "tasks", "List tasks", listTasks},
		{"POST", "tasks-clear", "Forget the tasks that have ended", clearTasks},
		{"GET", "tasks-wait", "Wait until all tasks have ended", waitTasks},
		{"GET", "tasks/:id", "Show a task", withTask(http.StatusNotFound, func(_ *call, t usecase.Activity) (answer, error) { return ok(showTask(t)), nil })},
		{"GET", "tasks/:id/wait", "Wait for the end of a task", withTask(http.StatusBadRequest, waitTask)},
		{"GET", "tasks/:id/output", "Show what a task told", withTask(http.StatusNotFound, taskOutput)},
		{"GET", "tasks/:id/detail", "Show how far a task is", withTask(http.StatusNotFound, taskDetail)},
		{"GET", "tasks/:id/return_value", "Show what a task gave", withTask(http.StatusNotFound, taskValue)},
		{"DELETE", "tasks/:id", "Forget a task that has ended", withTask(http.StatusBadRequest, dropTask)},
	}
}

// withTask returns a handler with the task in the path. An unknown task is an error with the
// status unknown.
func withTask(unknown int, serve func(*call, usecase.Activity) (answer, error)) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		id, err := strconv.ParseInt(c.parameter("id"), 10, 64)
		if err != nil {
			return answer{}, fail(http.StatusBadRequest, "%q is not the number of a task", c.parameter("id"))
		}
		a, err := c.service.app.Activities.Get(c.Context(), id)
		if err == nil && a.Type != taskType {
			err = problem.New(problem.NotFound, "not a task")
		}
		if problem.Is(err, problem.NotFound) {
			return answer{}, fail(unknown, "Could not find task with id %d", id)
		}
		if err != nil {
			return answer{}, err
		}
		return serve(c, a)
	}
}

// tasks returns all tasks, the oldest first.
func (c *call) tasks() (all []usecase.Activity, err error) {
	all, err = usecase.Every(c.Context(), func(ctx context.Context, p usecase.Page) (usecase.List[usecase.Activity], error) {
		return c.service.app.Activities.List(ctx, activities.Filter{Type: taskType}, p)
	})
	slices.Reverse(all)
	return all, err
}

func listTasks(c *call) (answer, error) {
	all, err := c.tasks()
	return ok(usecase.Map(all, showTask)), err
}

func clearTasks(c *call) (answer, error) {
	all, err := c.tasks()
	for _, a := range all {
		if !a.Finished() {
			continue
		}
		if _, gone := c.service.app.Activities.Forget(c.Context(), a.ID); gone != nil && !problem.Is(gone, problem.NotFound) {
			err = errors.Join(err, gone)
		}
	}
	return ok(nothing{}), err
}

func waitTasks(c *call) (answer, error) {
	for {
		all, err := c.tasks()
		if err != nil {
			return answer{}, err
		}
		open := slices.IndexFunc(all, func(a usecase.Activity) bool { return !a.Finished() })
		if open < 0 {
			return ok(nothing{}), nil
		}
		if _, err := c.service.await(c.Context(), all[open]); err != nil && !problem.Is(err, problem.NotFound) {
			return answer{}, err
		}
	}
}

// await waits for the end of an activity.
func (s *service) await(ctx context.Context, a usecase.Activity) (usecase.Activity, error) {
	for !a.Finished() {
		var err error
		if a, err = s.app.Activities.Watch(ctx, a.ID, a.Version, watchTime); err != nil {
			return a, err
		}
	}
	return a, nil
}

func waitTask(c *call, t usecase.Activity) (answer, error) {
	t, err := c.service.await(c.Context(), t)
	return ok(showTask(t)), err
}

func taskOutput(c *call, t usecase.Activity) (answer, error) {
	lines, err := c.service.app.Activities.Log(c.Context(), t.ID)
	switch t.Status {
	case "done":
		lines = append(lines, "Task succeeded")
	case "failed", "cancelled":
		lines = append(lines, "Task failed with error: "+whyFailed(t))
	}
	return ok(strings.Join(lines, "\n")), err
}

func whyFailed(t usecase.Activity) string {
	if t.Error == nil {
		return "it was cancelled"
	}
	return t.Error.Message
}

func taskDetail(_ *call, t usecase.Activity) (answer, error) {
	p := t.Progress
	switch {
	case p == (usecase.ActivityProgress{}):
		return ok(nothing{}), nil
	case strings.HasPrefix(t.Summary, updateMirrorTask):
		return ok(struct {
			TotalDownloadSize, RemainingDownloadSize         int64
			TotalNumberOfPackages, RemainingNumberOfPackages int64
		}{p.TotalBytes, p.TotalBytes - p.DoneBytes, p.Total, p.Total - p.Done}), nil
	default:
		return ok(struct {
			Progress                                         nothing
			TotalNumberOfPackages, RemainingNumberOfPackages int64
		}{nothing{}, p.Total, p.Total - p.Done}), nil
	}
}

func taskValue(_ *call, t usecase.Activity) (answer, error) {
	switch {
	case t.Status == "done":
		return ok(t.Result), nil
	case t.Finished() && t.Error != nil:
		return ok(returnValue{statusOf(t.Error.Kind), nil}), nil
	case t.Finished():
		return ok(returnValue{http.StatusInternalServerError, nil}), nil
	}
	return ok(nil), nil
}

func dropTask(c *call, t usecase.Activity) (answer, error) {
	_, err := c.service.app.Activities.Forget(c.Context(), t.ID)
	if problem.Is(err, problem.Conflict) {
		err = fail(http.StatusBadRequest, "Task with id %d is not finished", t.ID)
	}
	return ok(showTask(t)), err
}
