package blobtest

import (
	"io"
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// condemn begins to collect what is given, until the end of the test.
func condemn(t testing.TB, s blob.Store, list ...string) *blob.Trial {
	t.Helper()
	digests := make([]digest.SHA256, len(list))
	for i, data := range list {
		digests[i] = digest.Of([]byte(data))
	}
	trial, err := s.Condemn(digests)
	if err != nil {
		t.Fatalf("condemn: %v", err)
	}
	t.Cleanup(trial.End)
	return trial
}

// carryOut removes what is condemned still and reports whether it was.
func carryOut(t testing.TB, trial *blob.Trial, data string) bool {
	t.Helper()
	removed, err := trial.Remove(t.Context(), digest.Of([]byte(data)))
	if err != nil {
		t.Fatalf("remove %.20q: %v", data, err)
	}
	return removed
}

func condemned(t *testing.T, s blob.Store) {
	Put(t, s, "garbage")
	Put(t, s, "needed")
	Flush(t, s)
	Put(t, s, "not flushed")
	trial := condemn(t, s, "garbage", "not flushed", "never put")
	for _, data := range []string{"garbage", "not flushed"} {
		if !trial.Condemned(digest.Of([]byte(data))) || !carryOut(t, trial, data) {
			t.Errorf("%q was saved by nobody", data)
		}
		CheckLacks(t, s, data)
		if carryOut(t, trial, data) {
			t.Errorf("%q goes twice", data)
		}
	}
	if carryOut(t, trial, "needed") {
		t.Error("what was not condemned goes")
	}
	CheckHolds(t, s, "needed")
	Put(t, s, "garbage") // comes back as anything does
	Flush(t, s)
	CheckHolds(t, s, "garbage")
}

// touches are all ways to rely on a stored blob.
func touches() map[string]func(testing.TB, blob.Store, string) {
	return map[string]func(testing.TB, blob.Store, string){
		"stat": func(t testing.TB, s blob.Store, data string) {
			if _, err := s.Stat(t.Context(), digest.Of([]byte(data))); err != nil {
				t.Error(err)
			}
		},
		"open": func(t testing.TB, s blob.Store, data string) {
			b, err := s.Open(t.Context(), digest.Of([]byte(data)))
			if err != nil {
				t.Fatal(err)
			}
			b.Close()
		},
		"load": func(t testing.TB, s blob.Store, data string) {
			if err := s.Load(t.Context(), digest.Of([]byte(data)), make([]byte, len(data))); err != nil {
				t.Error(err)
			}
		},
		"put":         func(t testing.TB, s blob.Store, data string) { Put(t, s, data) },
		"put a lot":   func(t testing.TB, s blob.Store, data string) { Put(t, s, data) },
		"resume":      resumeExisting,
		"adopt":       func(t testing.TB, s blob.Store, data string) { adoptData(t, s, data, blob.Anything()) },
		"adopt known": func(t testing.TB, s blob.Store, data string) { adoptData(t, s, data, blob.Expect(RefOf(data))) },
	}
}

func resumeExisting(t testing.TB, s blob.Store, data string) {
	if _, err := s.Resume(t.Context(), blob.Expect(RefOf(data))); !problem.Is(err, problem.Conflict) {
		t.Errorf("resuming a stored blob returns %v", err)
	}
}

func adoptData(t testing.TB, s blob.Store, data string, expect blob.Expect) {
	if _, err := blob.Adopt(t.Context(), s, localFile(t, data), expect); err != nil {
		t.Error(err)
	}
}

func touchSaves(t *testing.T, s blob.Store) {
	for name, touch := range touches() {
		data := "saved by " + name
		if name == "put a lot" { // beyond what is held in memory
			data = string(make([]byte, 400_000))
		}
		Put(t, s, data)
		Flush(t, s)
		trial := condemn(t, s, data)
		touch(t, s, data)
		if trial.Condemned(digest.Of([]byte(data))) || carryOut(t, trial, data) {
			t.Errorf("%s does not save a condemned blob", name)
		}
		CheckHolds(t, s, data)
		trial.End()
	}
}

func readersOfGarbage(t *testing.T, s blob.Store) {
	Put(t, s, "being read")
	Flush(t, s)
	b, err := s.Open(t.Context(), digest.Of([]byte("being read")))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if trial := condemn(t, s, "being read"); !carryOut(t, trial, "being read") {
		t.Fatal("it was saved")
	}
	if data, err := io.ReadAll(b); err != nil || string(data) != "being read" {
		t.Errorf("who opened it before reads %q, %v", data, err)
	}
}

func oneTrial(t *testing.T, s blob.Store) {
	trial := condemn(t, s)
	if _, err := s.Condemn(nil); !problem.Is(err, problem.Conflict) {
		t.Errorf("a second collection at the same time returns %v", err)
	}
	trial.End()
	trial.End()
	other := condemn(t, s)
	trial.End() // is not the other one's
	if _, err := s.Condemn(nil); !problem.Is(err, problem.Conflict) {
		t.Errorf("the other one was ended: %v", err)
	}
	other.End()
}

// holds stands for package hold.
type holds struct {
	mu   sync.Mutex
	live map[chan struct{}]bool
}

func (h *holds) take() (release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ended := make(chan struct{})
	h.live[ended] = true
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.live, ended)
		close(ended)
	}
}

// wait returns after the end of all present holds.
func (h *holds) wait() {
	h.mu.Lock()
	before := maps.Clone(h.live)
	h.mu.Unlock()
	for ended := range before {
		<-ended
	}
}

// collectUnderLoad has writers who put, rely and commit while garbage is collected
// again and again: what is committed is never lost.
func collectUnderLoad(t *testing.T, s blob.Store) {
	const writers, rounds, contents = 4, 150, 12
	var mu sync.Mutex
	needed := map[string]int{} // what stands for the database
	commit := func(data string, n int) {
		mu.Lock()
		defer mu.Unlock()
		needed[data] += n
	}
	needs := func(data string) bool {
		mu.Lock()
		defer mu.Unlock()
		return needed[data] > 0
	}
	held := &holds{live: map[chan struct{}]bool{}}
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range rounds {
				data := "blob " + strconv.Itoa(rand.IntN(contents))
				release := held.take()
				if _, err := s.Stat(t.Context(), digest.Of([]byte(data))); err != nil {
					Put(t, s, data)
				}
				commit(data, 1)
				release()
				CheckHolds(t, s, data)
				commit(data, -1) // as a retention does
			}
		})
	}
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		removed := 0
		defer func() { stopped <- removed }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			removed += collectOnce(t, s, held, needs, contents)
		}
	}()
	group.Wait()
	close(stop)
	t.Logf("%d blobs removed meanwhile", <-stopped)
	collectOnce(t, s, held, needs, contents)
	for ref, err := range s.Each(t.Context()) {
		t.Errorf("%v is left, %v", ref, err)
	}
}

func collectOnce(t *testing.T, s blob.Store, held *holds, needs func(string) bool, contents int) (removed int) {
	var list []digest.SHA256
	names := map[digest.SHA256]string{}
	for i := range contents {
		data := "blob " + strconv.Itoa(i)
		names[digest.Of([]byte(data))] = data
	}
	for ref, err := range s.Each(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		if !needs(names[ref.SHA256]) {
			list = append(list, ref.SHA256)
		}
	}
	trial, err := s.Condemn(list)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer trial.End()
	held.wait()
	for _, d := range list {
		if needs(names[d]) {
			continue
		}
		gone, err := trial.Remove(t.Context(), d)
		if err != nil {
			t.Error(err)
		}
		if gone {
			removed++
		}
	}
	return removed
}
