package mirrors

import (
	"context"
	"errors"
	"path"
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

// Bounds of fetching on demand. Anybody may ask for a published file, so
// everything that a stranger's request begins is bounded.
const (
	// maxFetches is how many files are being fetched or wait for it.
	maxFetches = 500
	// activeFetches is how many of them are at work, each with a writer to the
	// pool, and mirrorFetches how many of one mirror: an upstream that does not
	// answer holds up no other.
	activeFetches = 32
	mirrorFetches = 8
	// fetchTime bounds one file. What came until then is gone on from the next
	// time somebody asks.
	fetchTime = 2 * time.Hour
	// fetchPause is how long nobody asks for a file again that could not be
	// had.
	fetchPause = 10 * time.Second
	// maxFailures bounds the memory of what could not be had.
	maxFailures = 10_000
)

// onDemand is the pool with all that mirrors left upstream in it: such a file is
// fetched when somebody opens it, once, however many wait for it, whether they
// stay or not.
type onDemand struct {
	blob.Store
	app    *Service
	life   usecase.Jobs // downloads under way end with the process
	active chan struct{}

	mu       sync.Mutex
	mirrors  map[int64]chan struct{} // what is at work for each, by its collection
	running  map[digest.SHA256]*flight
	failures map[digest.SHA256]fetchFailure
}

// flight is the fetching of one file.
type flight struct {
	done chan struct{} // closed at the end
	err  error         // known then
}

// fetchFailure is what became of a file that could not be had.
type fetchFailure struct {
	err   error
	until time.Time // asking the upstream again makes no sense before
}

func newOnDemand(a *Service) *onDemand {
	return &onDemand{
		Store: a.k.Pool, app: a, active: make(chan struct{}, activeFetches),
		mirrors: map[int64]chan struct{}{}, running: map[digest.SHA256]*flight{}, failures: map[digest.SHA256]fetchFailure{},
	}
}

// Open implements blob.Store, for readers of packages' files: one that the pool
// lacks, because a mirror left it upstream, is fetched first. Errors of that are
// of kind Upstream, or Unavailable when nobody can be asked now.
func (o *onDemand) Open(ctx context.Context, d digest.SHA256) (blob.Blob, error) {
	b, err := o.Store.Open(ctx, d)
	if !problem.Is(err, problem.NotFound) {
		return b, err
	}
	if err := o.fetch(ctx, d); err != nil {
		return nil, err
	}
	return o.Store.Open(ctx, d)
}

// origins tells where a file can be had that a mirror left upstream.
func (s *Service) Origins(ctx context.Context, d digest.SHA256) ([]mirror.Origin, error) {
	return usecase.View(ctx, s.k, func(tx *db.Tx) ([]mirror.Origin, error) {
		found, err := s.mirror.Origins(ctx, tx, []digest.SHA256{d})
		return found[d], err
	})
}

// fetch gets a file into the pool, for good, or waits for who does it already. A
// file that no mirror left upstream is left alone.
func (o *onDemand) fetch(ctx context.Context, d digest.SHA256) error {
	f, err := o.join(d)
	if err != nil {
		return err
	}
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done(): // it goes on for others, or for the next time
		return context.Cause(ctx)
	}
}

// join gives the flight of a file, and begins it when there is none.
func (o *onDemand) join(d digest.SHA256) (*flight, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f := o.running[d]; f != nil {
		return f, nil
	}
	if err := o.pausing(d); err != nil {
		return nil, err
	}
	if len(o.running) >= maxFetches {
		err := problem.New(problem.Unavailable, "%d files are being fetched from upstreams already", len(o.running)).WithHint("try again soon")
		return nil, &laterError{err, fetchPause}
	}
	lifetime, done, err := o.life.Start()
	if err != nil {
		return nil, err
	}
	f := &flight{done: make(chan struct{})}
	o.running[d] = f
	go func() {
		defer done()
		ctx, cancel := context.WithTimeout(lifetime, fetchTime)
		defer cancel()
		o.land(d, f, o.bring(ctx, d))
	}()
	return f, nil
}

// pausing gives the error of a file that could not be had a moment ago.
func (o *onDemand) pausing(d digest.SHA256) error {
	failure, failed := o.failures[d]
	if !failed {
		return nil
	}
	left := failure.until.Sub(o.app.k.Now())
	if left <= 0 {
		delete(o.failures, d)
		return nil
	}
	return &laterError{failure.err, left}
}

// land ends a flight. Who comes later finds the file in the pool, or the failure.
func (o *onDemand) land(d digest.SHA256, f *flight, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.app.k.Log.Warn("a file of an on-demand mirror could not be fetched", "sha256", d, "error", err)
	}
	if err != nil && !problem.Is(err, problem.Unavailable) {
		o.remember(d, err)
		err = &laterError{err, fetchPause}
	}
	f.err = err
	delete(o.running, d)
	close(f.done)
}

// remember keeps a failure for a while.
func (o *onDemand) remember(d digest.SHA256, err error) {
	now := o.app.k.Now()
	if len(o.failures) >= maxFailures {
		for d, old := range o.failures {
			if !old.until.After(now) {
				delete(o.failures, d)
			}
		}
	}
	if len(o.failures) < maxFailures {
		o.failures[d] = fetchFailure{err, now.Add(fetchPause)}
	}
}

// bring is the work of a flight.
func (o *onDemand) bring(ctx context.Context, d digest.SHA256) error {
	origins, err := o.app.Origins(ctx, d)
	if err != nil || len(origins) == 0 { // perhaps it came a moment ago
		return err
	}
	leave, err := o.enter(ctx, origins[0].Mirror.Collection.ID)
	if err != nil {
		return err
	}
	defer leave()
	request := mirror.Request(origins)
	request.Hurried = true
	if _, err := o.app.client.Blob(ctx, o.app.k.Pool, request); err != nil {
		return notFetched(ctx, origins[0], err)
	}
	if err := o.app.k.Pool.Flush(ctx); err != nil {
		return err
	}
	if err := o.app.arrived(ctx, []digest.SHA256{d}); err != nil { // it is here all the same
		o.app.k.Log.Warn("noting that a file came from upstream", "sha256", d, "error", err)
	}
	return nil
}

// enter waits until a file of a mirror may be fetched. Those who wait for a busy
// mirror hold up nobody else.
func (o *onDemand) enter(ctx context.Context, mirror int64) (leave func(), err error) {
	o.mu.Lock()
	own := o.mirrors[mirror]
	if own == nil {
		own = make(chan struct{}, mirrorFetches)
		o.mirrors[mirror] = own
	}
	o.mu.Unlock()
	select {
	case own <- struct{}{}:
	case <-ctx.Done():
		return nil, endOf(ctx)
	}
	select {
	case o.active <- struct{}{}:
		return func() { <-o.active; <-own }, nil
	case <-ctx.Done():
		<-own
		return nil, endOf(ctx)
	}
}

// arrived notes that the pool has files, for good, that mirrors left upstream.
func (s *Service) arrived(ctx context.Context, digests []digest.SHA256) error {
	return s.k.DB.Tx(ctx, func(tx *db.Tx) error { return s.mirror.Arrived(ctx, tx, digests) })
}

// notFetched tells what a file could not be had for. Whatever its upstream did
// wrong, it is not the asker's fault, nor does the file not exist.
func notFetched(ctx context.Context, from mirror.Origin, err error) error {
	if ctx.Err() != nil {
		return endOf(ctx)
	}
	if k := problem.KindOf(err); k == problem.Internal || k == problem.Full {
		return err
	}
	told := problem.New(problem.Upstream, "%s is not here yet, and its upstream did not give it: %w", path.Base(from.Path), err)
	if p, ok := errors.AsType[*problem.Problem](err); ok && p.Hint == "" && p.Kind == problem.NotFound {
		told.WithHint("the upstream may have dropped it; `aptarium mirror sync %s` finds what it has now", from.Mirror.Collection.Name)
	}
	return told
}

// endOf tells why a flight was ended by its context.
func endOf(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return problem.New(problem.Upstream, "the upstream took more than %s", fetchTime).WithHint("ask again: it goes on where it was")
	}
	return problem.New(problem.Unavailable, "the server is shutting down").WithHint("try again soon")
}

// OnDemand returns the pool with the files that mirrors left upstream: whoever opens one of
// these has it fetched.
func (s *Service) OnDemand() blob.Store { return s.onDemand }

// End cancels the downloads that clients wait for, and returns when they have ended or with
// the context's error. No other begins after it.
func (s *Service) End(ctx context.Context) error { return s.onDemand.life.Stop(ctx) }
