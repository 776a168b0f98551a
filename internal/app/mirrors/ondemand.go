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

// Bounds of downloads on demand. Everybody may read a published file, so all work that a
// stranger's request starts is bounded.
const (
	// maxFetches is the number of running and waiting downloads.
	maxFetches = 500
	// activeFetches is the number of running downloads, each with a writer to the pool, and
	// mirrorFetches the number of one mirror: a silent upstream delays no other.
	activeFetches = 32
	mirrorFetches = 8
	// fetchTime bounds the download of one file. The next reader continues it.
	fetchTime = 2 * time.Hour
	// fetchPause is the time after a failure in which the file is not tried again.
	fetchPause = 10 * time.Second
	// maxFailures is the number of remembered failures.
	maxFailures = 10_000
)

// onDemand is the pool together with the files that mirrors left upstream. Open downloads such a
// file, once for all readers, and continues if every reader leaves.
type onDemand struct {
	blob.Store
	s      *Service
	life   usecase.Jobs // running downloads end with the process
	active chan struct{}

	mu       sync.Mutex
	mirrors  map[int64]chan struct{} // running downloads, by the number of the collection
	running  map[digest.SHA256]*flight
	failures map[digest.SHA256]fetchFailure
}

// flight is the download of one file.
type flight struct {
	done chan struct{} // closed at the end
	err  error         // set then
}

// fetchFailure is the failure of a download.
type fetchFailure struct {
	err   error
	until time.Time // when the upstream may be tried again
}

func newOnDemand(s *Service) *onDemand {
	return &onDemand{
		Store: s.k.Pool, s: s, active: make(chan struct{}, activeFetches),
		mirrors: map[int64]chan struct{}{}, running: map[digest.SHA256]*flight{}, failures: map[digest.SHA256]fetchFailure{},
	}
}

// Open implements [blob.Store]. It downloads a file that the pool lacks because a mirror left it
// upstream. A failed download is problem.Upstream, too many downloads problem.Unavailable; see
// [RetryAfter].
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

// Origins returns the upstreams of a file that mirrors left there.
func (s *Service) Origins(ctx context.Context, d digest.SHA256) ([]mirror.Origin, error) {
	return usecase.View(ctx, s.k, func(tx *db.Tx) ([]mirror.Origin, error) {
		found, err := s.mirror.Origins(ctx, tx, []digest.SHA256{d})
		return found[d], err
	})
}

// fetch downloads a file durably into the pool, or waits for a running download. It does nothing
// for a file that no mirror left upstream.
func (o *onDemand) fetch(ctx context.Context, d digest.SHA256) error {
	f, err := o.join(d)
	if err != nil {
		return err
	}
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done(): // the download continues, for others
		return context.Cause(ctx)
	}
}

// join returns the flight of a file. If there is none, it starts one.
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
		err := problem.New(problem.Unavailable, "%d files are already being downloaded from upstreams", len(o.running)).WithHint("try again soon")
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

// pausing returns the error of a recent failure.
func (o *onDemand) pausing(d digest.SHA256) error {
	failure, failed := o.failures[d]
	if !failed {
		return nil
	}
	left := failure.until.Sub(o.s.k.Now())
	if left <= 0 {
		delete(o.failures, d)
		return nil
	}
	return &laterError{failure.err, left}
}

// land ends a flight. Later readers find the file in the pool, or the failure.
func (o *onDemand) land(d digest.SHA256, f *flight, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.s.k.Log.Warn("a file of an on-demand mirror could not be downloaded", "sha256", d, "error", err)
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
	now := o.s.k.Now()
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
	origins, err := o.s.Origins(ctx, d)
	if err != nil || len(origins) == 0 { // it may have just arrived
		return err
	}
	leave, err := o.enter(ctx, origins[0].Mirror.Collection.ID)
	if err != nil {
		return err
	}
	defer leave()
	request := mirror.Request(origins)
	request.Hurried = true
	if _, err := o.s.client.Blob(ctx, o.s.k.Pool, request); err != nil {
		return notFetched(ctx, origins[0], err)
	}
	if err := o.s.k.Pool.Flush(ctx); err != nil {
		return err
	}
	if err := o.s.arrived(ctx, []digest.SHA256{d}); err != nil { // the file is in the pool all the same
		o.s.k.Log.Warn("recording that a file arrived from upstream", "sha256", d, "error", err)
	}
	return nil
}

// enter waits until the bounds allow a further download of a mirror. Downloads that wait for a busy
// mirror delay no other mirror.
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

// arrived records that deferred files are durably in the pool.
func (s *Service) arrived(ctx context.Context, digests []digest.SHA256) error {
	return s.k.DB.Tx(ctx, func(tx *db.Tx) error { return s.mirror.Arrived(ctx, tx, digests) })
}

// notFetched returns the error of a failed download. Whatever the upstream answered, it is neither
// the reader's fault nor does the file not exist: problem.Upstream.
func notFetched(ctx context.Context, from mirror.Origin, err error) error {
	if ctx.Err() != nil {
		return endOf(ctx)
	}
	if k := problem.KindOf(err); k == problem.Internal || k == problem.Full {
		return err
	}
	failed := problem.New(problem.Upstream, "%s is not here yet, and its upstream did not send it: %w", path.Base(from.Path), err)
	if p, ok := errors.AsType[*problem.Problem](err); ok && p.Hint == "" && p.Kind == problem.NotFound {
		failed.WithHint("the upstream may have dropped it; `aptarium mirror sync %s` finds what it has now", from.Mirror.Collection.Name)
	}
	return failed
}

// endOf returns the reason why a context ended a flight.
func endOf(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return problem.New(problem.Upstream, "the upstream took more than %s", fetchTime).WithHint("try again: the download continues where it stopped")
	}
	return problem.New(problem.Unavailable, "the server is shutting down").WithHint("try again soon")
}

// OnDemand returns the pool together with the files that mirrors left upstream. Opening one of
// these downloads it.
func (s *Service) OnDemand() blob.Store { return s.onDemand }

// End cancels the downloads that clients wait for, and returns when they have ended or with
// the context's error. No other begins after it.
func (s *Service) End(ctx context.Context) error { return s.onDemand.life.Stop(ctx) }

// laterError is an error that will not change before a time is over.
type laterError struct {
	error
	after time.Duration
}

func (e *laterError) Unwrap() error { return e.error }

// RetryAfter returns the time after which opening the file may succeed, from an error of
// [Service.OnDemand]; false if the error has none.
func RetryAfter(err error) (time.Duration, bool) {
	if later, ok := errors.AsType[*laterError](err); ok {
		return later.after, true
	}
	return 0, false
}
