package e2e

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// landscapeActivity is what scripts look at of one.
type landscapeActivity struct {
	ID       int64
	Type     string
	Summary  string
	Progress int
}

// activities asks for some as scripts do.
func (s shell) activities(t *testing.T, query string) (list []landscapeActivity) {
	t.Helper()
	said := s.must(t, "landscape-api --json get-activities --query "+query)
	if err := json.Unmarshal([]byte(said), &list); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return list
}

// lastActivity returns the number of the newest activity.
func (s shell) lastActivity(t *testing.T) int64 {
	t.Helper()
	list := s.activities(t, `""`)
	if len(list) == 0 {
		t.Fatal("there is no activity")
	}
	return list[len(list)-1].ID
}

// progress asks how far an activity is.
func (s shell) progress(t *testing.T, id int64) landscapeActivity {
	t.Helper()
	list := s.activities(t, "id:"+strconv.FormatInt(id, 10))
	if len(list) != 1 || list[0].ID != id || list[0].Progress < 0 {
		t.Fatalf("activity %d is %+v", id, list)
	}
	return list[0]
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// above polls an activity until its progress is above a percentage.
func (s shell) above(t *testing.T, id int64, percent int) landscapeActivity {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		a := s.progress(t, id)
		if a.Progress > percent {
			return a
		}
		if time.Now().After(deadline) {
			t.Fatalf("activity %d stays at %d percent", id, a.Progress)
		}
	}
}

// finish waits until an activity is done.
func (s shell) finish(t *testing.T, id int64) { t.Helper(); s.above(t, id, 99) }

// gate holds packages back upstream, so that a sync takes as long as a test wants.
type gate struct{ tokens chan struct{} }

func newGate() gate { return gate{make(chan struct{}, 1000)} }

// fault lets a request through for a token.
func (g gate) fault(w http.ResponseWriter, r *http.Request, files http.Handler) {
	select {
	case <-g.tokens:
		files.ServeHTTP(w, r)
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// watch lets packages through, some at a time, and wants the progress of an activity to
// rise each time.
func (g gate) watch(t *testing.T, s shell, id int64, summary string) {
	t.Helper()
	last := s.progress(t, id)
	if last.Type != "SyncPocketRequest" || last.Summary != summary || last.Progress > 50 {
		t.Errorf("it begins as %+v", last)
	}
	var seen []int
	for range 3 {
		for range 10 {
			g.tokens <- struct{}{}
		}
		last = s.above(t, id, last.Progress)
		seen = append(seen, last.Progress)
	}
	if last.Progress > 99 {
		t.Errorf("it is done before all packages are there: %v", seen)
	}
	close(g.tokens)
	s.finish(t, id)
}
