package app

import (
	"context"
	"sync"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/problem"
)

// Job is work that a dialect wants to be followed as an activity of its own:
// calls of this application's methods, one after the other. Jobs that name the
// same resource take turns, in the order in which they came.
type Job struct {
	Type      string // of the activity
	Name      string // one line for people
	Resources []string
}

// jobPayload is what the record of a job keeps of it.
type jobPayload struct {
	Resources []string `json:"resources"`
}

// JobRun is a job at work.
type JobRun struct{ run *activity.Run }

// Log adds a line to what the job tells.
func (r JobRun) Log(line string) { r.run.Log(line) }

// Progress tells how far the job has come.
func (r JobRun) Progress(p ActivityProgress) { r.run.Progress(p) }

// Work is what a job does. What it gives is the result of the activity.
type Work func(ctx context.Context, run JobRun) (result any, err error)

// jobs are those at work that nobody waits for.
type jobs struct {
	mu      sync.Mutex
	ended   bool
	cancel  context.CancelFunc
	context context.Context
	running sync.WaitGroup
}

// start counts a job and gives what its context ends with.
func (j *jobs) start() (lifetime context.Context, done func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ended {
		return nil, nil, problem.New(problem.Unavailable, "the server is shutting down").WithHint("try again soon")
	}
	if j.context == nil {
		j.context, j.cancel = context.WithCancel(context.Background())
	}
	j.running.Add(1)
	return j.context, j.running.Done, nil
}

// EndJobs cancels the jobs that nobody waits for, and returns when they have ended
// or with the context's error. No other begins after it.
func (a *App) EndJobs(ctx context.Context) error {
	a.jobs.mu.Lock()
	a.jobs.ended = true
	if a.jobs.cancel != nil {
		a.jobs.cancel()
	}
	a.jobs.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		a.jobs.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (j Job) spec() activity.Spec {
	spec := activity.Spec{Type: j.Type, Summary: j.Name, Payload: jobPayload{j.Resources}}
	for _, r := range j.Resources {
		spec.Locks = append(spec.Locks, activity.Lock{Resource: j.Type + " " + r})
	}
	return spec
}

// begin has work its place in the queues, in the name of whoever asked.
func (a *App) begin(ctx context.Context, spec activity.Spec) (*activity.Begun, error) {
	if who, known := access.From(ctx); known {
		spec.CreatedBy = who.Name
	}
	return a.Engine.Begin(ctx, spec)
}

func handler(work Work) activity.Handler {
	return func(ctx context.Context, run *activity.Run) (any, error) { return work(ctx, JobRun{run}) }
}

// Do does a job and gives its finished activity, with the error of the work.
func (a *App) Do(ctx context.Context, job Job, work Work) (Activity, error) {
	begun, err := a.begin(ctx, job.spec())
	if err != nil {
		return Activity{}, err
	}
	done, err := begun.Run(ctx, handler(work))
	return showActivity(done), err
}

// Begin starts a job, which goes on after this call in the name of whoever asked.
// It ends with the process: a job is not taken up again.
func (a *App) Begin(ctx context.Context, job Job, work Work) (Activity, error) {
	return a.beginHere(ctx, job.spec(), handler(work))
}

// beginHere starts an activity in this process, to which it belongs.
func (a *App) beginHere(ctx context.Context, spec activity.Spec, h activity.Handler) (Activity, error) {
	lifetime, done, err := a.jobs.start()
	if err != nil {
		return Activity{}, err
	}
	begun, err := a.begin(ctx, spec)
	if err != nil {
		done()
		return Activity{}, err
	}
	if who, known := access.From(ctx); known {
		lifetime = access.With(lifetime, who)
	}
	go func() {
		defer done()
		_, _ = begun.Run(lifetime, h) // the activity tells of its error
	}()
	return showActivity(begun.Activity), nil
}

// ForgetActivity deletes the record of an activity that came to its end.
func (a *App) ForgetActivity(ctx context.Context, id int64) (Activity, error) {
	x, err := a.Activity(ctx, id)
	if err != nil {
		return Activity{}, err
	}
	if err := access.Require(ctx, cancelPermission(x)); err != nil {
		return Activity{}, err
	}
	gone, err := a.Engine.Forget(ctx, id)
	return showActivity(gone), err
}

// ActivityLog gives the lines of an activity's log, oldest first.
func (a *App) ActivityLog(ctx context.Context, id int64) ([]string, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	lines, err := a.Engine.Log(ctx, id, 0)
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.Text
	}
	return texts, err
}
