package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/problem"
)

// echo serves each path's own name as its bytes, but nothing under /missing.
func echo(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/missing") {
		w.WriteHeader(404)
		return
	}
	fmt.Fprint(w, r.URL.Path)
}

// paths yields requests for paths at b's server.
func (b *bench) paths(paths ...string) iter.Seq[Request] {
	return func(yield func(Request) bool) {
		for _, path := range paths {
			if !yield(Request{URLs: []string{b.server.URL + path}, Expect: blob.Expect(blobtest.RefOf(path))}) {
				return
			}
		}
	}
}

func numbered(prefix string, n int) (paths []string) {
	for i := range n {
		paths = append(paths, fmt.Sprintf("%s%03d", prefix, i))
	}
	return paths
}

func TestBatchGetsAll(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), echo)
	paths := numbered("/p", 100)
	var done int
	var last Tally
	tally, err := b.Batch(t.Context(), b.store, b.paths(paths...), BatchOptions{
		Interval: time.Millisecond,
		Report: func(now Tally) {
			if now.Files < last.Files || now.Bytes < last.Bytes {
				t.Errorf("the tally went back from %+v to %+v", last, now)
			}
			last = now
		},
		Done: func(r Request, ref blob.Ref, err error) {
			done++
			if err != nil || blob.Expect(ref) != r.Expect {
				t.Errorf("%s: got %v, %v", r.URLs, ref, err)
			}
		},
	})
	want := Tally{Files: 100, Bytes: 100 * int64(len(paths[0]))}
	if err != nil || tally != want || last != want || done != 100 {
		t.Errorf("got %+v, last reported %+v, done %d, %v; want %+v", tally, last, done, err, want)
	}
	for _, path := range paths {
		blobtest.CheckHolds(t, b.store, path)
	}
}

func TestBatchStopsAtTheFirstFailure(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), echo)
	drawn := 0
	requests := func(yield func(Request) bool) {
		for r := range b.paths(append([]string{"/missing"}, numbered("/p", 1000)...)...) {
			if drawn++; !yield(r) {
				return
			}
		}
	}
	_, err := b.Batch(t.Context(), b.store, requests, BatchOptions{Workers: 2})
	if !problem.Is(err, problem.NotFound) || !strings.Contains(err.Error(), "/missing") {
		t.Errorf("got %v", err)
	}
	if drawn == 1001 {
		t.Error("all requests were drawn all the same")
	}
}

func TestBatchKeepsGoing(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), echo)
	paths := append(numbered("/missing", 50), numbered("/p", 50)...)
	tally, err := b.Batch(t.Context(), b.store, b.paths(paths...), BatchOptions{KeepGoing: true})
	failed, ok := errors.AsType[*BatchError](err)
	if !ok || failed.Failed != 50 || len(failed.Errors) != maxKeptErrors || !problem.Is(err, problem.NotFound) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(Tally{Files: 50, Failed: 50, Bytes: 50 * 5}, tally); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
}

func TestBatchWithoutRequests(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), echo)
	if tally, err := b.Batch(t.Context(), b.store, b.paths(), BatchOptions{}); err != nil || tally != (Tally{}) {
		t.Errorf("got %+v, %v", tally, err)
	}
}

func TestBatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("cancelled by the operator")
	ctx, cancel := context.WithCancelCause(t.Context())
	var served atomic.Int64
	b := setUp(t, plain(), func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) == 5 {
			cancel(reason)
		}
		echo(w, r)
	})
	_, err := b.Batch(ctx, b.store, b.paths(numbered("/p", 1000)...), BatchOptions{Workers: 2, KeepGoing: true})
	if !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
}

// fullDisk has no room for new files.
type fullDisk struct{ file.FS }

func (fullDisk) OpenFile(string, int, fs.FileMode) (file.File, error) { return nil, syscall.ENOSPC }

func TestBatchStopsWhenTheStoreIsFull(t *testing.T) {
	t.Parallel()
	b := setUp(t, plain(), echo)
	store, err := file.Open(t.TempDir(), file.Options{FS: func(disk file.FS) file.FS { return fullDisk{disk} }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	tally, err := b.Batch(t.Context(), store, b.paths(numbered("/p", 1000)...), BatchOptions{Workers: 1, KeepGoing: true})
	if !problem.Is(err, problem.Full) || tally.Failed != 1 {
		t.Errorf("got %+v, %v", tally, err)
	}
	if len(b.header("Range")) != 1 || len(b.pauses) > 0 {
		t.Errorf("a full store made %d requests and %d pauses", len(b.header("Range")), len(b.pauses))
	}
}
