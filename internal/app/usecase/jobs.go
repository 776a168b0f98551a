package usecase

import (
	"context"
	"strings"
	"sync"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/digest"
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

// maxJobs bounds the jobs that are at work or wait for their turn. It is far more
// than scripts start at once, and keeps what each turn costs small.
const maxJobs = 1000

// jobs are those of this process that have not come to their end.
type Jobs struct {
	mu      sync.Mutex
	ended   bool
	open    int
	cancel  context.CancelFunc
	context context.Context
	running sync.WaitGroup
}

// start counts a job and gives what its context ends with.
func (j *Jobs) Start() (lifetime context.Context, done func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ended {
		return nil, nil, problem.New(problem.Unavailable, "the server is shutting down").WithHint("try again soon")
	}
	if j.open == maxJobs {
		return nil, nil, problem.New(problem.Unavailable, "%d jobs wait for their turn already", maxJobs).WithHint("try again when some have ended")
	}
	if j.context == nil {
		j.context, j.cancel = context.WithCancel(context.Background())
	}
	j.open++
	j.running.Add(1)
	return j.context, j.end, nil
}

// end counts a job that has ended.
func (j *Jobs) end() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.open--
	j.running.Done()
}

// Stop cancels what was started, waits for it and lets nothing start any more.
func (j *Jobs) Stop(ctx context.Context) error {
	j.mu.Lock()
	j.ended = true
	if j.cancel != nil {
		j.cancel()
	}
	j.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		j.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// longestName is how much of names from outside an activity has, in bytes.
const longestName = 900

func (j Job) Spec() activity.Spec {
	spec := activity.Spec{Type: j.Type, Summary: cut(j.Name, longestName), Payload: jobPayload{j.Resources}}
	for _, r := range j.Resources {
		if len(r) > longestName {
			r = digest.Of([]byte(r)).String()
		}
		spec.Locks = append(spec.Locks, activity.Lock{Resource: j.Type + " " + r})
	}
	return spec
}

// cut gives the beginning of a text that is longer than some bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// begin has work its place in the queues, in the name of whoever asked.
func (k *Kernel) begin(ctx context.Context, spec activity.Spec) (*activity.Begun, error) {
	if who, known := access.From(ctx); known {
		spec.CreatedBy = who.Name
	}
	return k.Engine.Begin(ctx, spec)
}

func Handler(work Work) activity.Handler {
	return func(ctx context.Context, run *activity.Run) (any, error) { return work(ctx, JobRun{run}) }
}

// ending is how a job ended.
type ending struct {
	Activity activity.Activity
	Err      error
}

// beginHere starts an activity in this process, to which it belongs. How it ends
// comes through the channel.
func (k *Kernel) BeginHere(ctx context.Context, spec activity.Spec, h activity.Handler) (Activity, <-chan ending, error) {
	lifetime, done, err := k.jobs.Start()
	if err != nil {
		return Activity{}, nil, err
	}
	begun, err := k.begin(ctx, spec)
	if err != nil {
		done()
		return Activity{}, nil, err
	}
	if who, known := access.From(ctx); known {
		lifetime = access.With(lifetime, who)
	}
	ended := make(chan ending, 1)
	go func() {
		defer done()
		last, err := begun.Run(lifetime, h)
		ended <- ending{last, err}
	}()
	return k.Show(begun.Activity), ended, nil
}

// EndJobs cancels the jobs of this process, waits for them and lets no other begin.
func (k *Kernel) EndJobs(ctx context.Context) error { return k.jobs.Stop(ctx) }
