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

// Job is a series of use cases that a dialect calls as one activity of its own. Jobs that
// name the same resource take turns, in the order of their arrival.
type Job struct {
	Type      string // of the activity
	Name      string // one line for people
	Resources []string
}

// jobPayload is the stored part of a job.
type jobPayload struct {
	Resources []string `json:"resources"`
}

// JobRun is a running job.
type JobRun struct{ run *activity.Run }

// Log adds a line to the log of the job.
func (r JobRun) Log(line string) { r.run.Log(line) }

// Progress reports the progress of the job.
func (r JobRun) Progress(p ActivityProgress) { r.run.Progress(p) }

// Work does a job. Its result is the result of the activity.
type Work func(ctx context.Context, run JobRun) (result any, err error)

// maxJobs bounds the jobs that run or wait for their turn: far more than scripts start at
// once, and few enough to keep each turn cheap.
const maxJobs = 1000

// Jobs counts the work of this process that ends with it. The zero value is ready.
type Jobs struct {
	mu      sync.Mutex
	ended   bool
	open    int
	cancel  context.CancelFunc
	context context.Context
	running sync.WaitGroup
}

// Start counts a job until done is called, and returns the context that ends with the
// process. After Stop, and for too many jobs, it is problem.Unavailable.
func (j *Jobs) Start() (lifetime context.Context, done func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ended {
		return nil, nil, problem.New(problem.Unavailable, "the server is shutting down").WithHint("try again soon")
	}
	if j.open == maxJobs {
		return nil, nil, problem.New(problem.Unavailable, "%d jobs wait for their turn already", maxJobs).WithHint("try again when some have finished")
	}
	if j.context == nil {
		j.context, j.cancel = context.WithCancel(context.Background())
	}
	j.open++
	j.running.Add(1)
	return j.context, j.end, nil
}

// end counts down.
func (j *Jobs) end() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.open--
	j.running.Done()
}

// Stop cancels the jobs and waits for their end, or for ctx. No job starts after it.
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

// longestName bounds names from outside in an activity, in bytes.
const longestName = 900

// Spec returns the activity of the job. Long names are cut, and long resources hashed.
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

// cut shortens a text to a number of bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// begin queues an activity in the name of the caller.
func (k *Kernel) begin(ctx context.Context, spec activity.Spec) (*activity.Begun, error) {
	if who, known := access.From(ctx); known {
		spec.CreatedBy = who.Name
	}
	return k.Engine.Begin(ctx, spec)
}

// Handler returns the handler of the activity of a job.
func Handler(work Work) activity.Handler {
	return func(ctx context.Context, run *activity.Run) (any, error) { return work(ctx, JobRun{run}) }
}

// ending is the outcome of a job.
type ending struct {
	Activity activity.Activity
	Err      error
}

// BeginHere starts an activity that lives and ends with this process. The channel has the
// outcome.
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

// EndJobs is [Jobs.Stop] for the jobs of the kernel.
func (k *Kernel) EndJobs(ctx context.Context) error { return k.jobs.Stop(ctx) }
