package rest_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

func TestUploadsAreAllOrNothing(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		s := serve(h, rest.Options{})
		h.MakeRepo("tools")
		deb := apptest.Deb(h.TB, "hello", "1.0", "amd64", "")
		whole, contentType := form(h.TB, deb, apptest.Deb(h.TB, "bye", "1.0", "amd64", ""))
		nameless := strings.Replace(whole, `; filename="bye_1.0_amd64.deb"`, "", 1)
		bad, _ := form(h.TB)
		broken, brokenType := form(h.TB, deb, apptest.File("x_1_all.deb", []byte("no package")))
		steps, stepsType := form(h.TB, deb, apptest.File("..", deb.Data))
		for _, c := range []struct {
			name, body, contentType string
			status                  int
			field                   string
		}{
			{"cut within a file", whole[:len(whole)/2], contentType, 422, "hello_1.0_amd64.deb"},
			{"cut between files", whole[:strings.LastIndex(whole, "--")], contentType, 422, ""},
			{"a part without a filename", nameless, contentType, 422, "file"},
			{"no parts", bad, contentType, 422, ""},
			{"no boundary", whole, "multipart/form-data", 415, ""},
			{"a file that is no package", broken, brokenType, 422, "x_1_all.deb"},
			{"a file with steps in its name", steps, stepsType, 422, ".."},
		} {
			got := s.ask("POST", "/v1/repos/tools/packages", c.body, set("Content-Type", c.contentType))
			if got.status != c.status || c.field != "" && !strings.Contains(got.field("field"), c.field) {
				h.TB.Errorf("%s: %d %s, want %d %s", c.name, got.status, got.body, c.status, c.field)
			}
			if names := h.Names("repo:tools"); len(names) > 0 {
				h.TB.Errorf("%s left %q", c.name, names)
			}
		}
		if got := s.ask("POST", "/v1/repos/tools/packages?component=contrib", whole, set("Content-Type", contentType)); got.status != 200 {
			h.TB.Errorf("%d %s", got.status, got.body)
		}
		if names := h.Names("repo:tools"); len(names) != 2 {
			h.TB.Errorf("left %q", names)
		}
		other, otherType := form(h.TB, apptest.Deb(h.TB, "hello", "1.0", "amd64", "changed"))
		if got := s.ask("POST", "/v1/repos/tools/packages", other, set("Content-Type", otherType)); got.status != 409 {
			h.TB.Errorf("other content: %d %s", got.status, got.body)
		}
		if got := s.ask("POST", "/v1/repos/tools/packages?replace=true", other, set("Content-Type", otherType)); got.status != 200 {
			h.TB.Errorf("replacing: %d %s", got.status, got.body)
		}
	})
}

func TestALongPollEndsWithAChangeOrTheServer(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		draining := make(chan struct{})
		s := serve(h, rest.Options{Draining: draining})
		id := waiting(h)
		a := s.ask("GET", "/v1/activities/"+id, "")
		var now usecase.Activity
		if err := json.Unmarshal([]byte(a.body), &now); err != nil {
			h.TB.Fatal(err)
		}
		poll := func() <-chan reply {
			answered := make(chan reply, 1)
			go func() {
				answered <- s.ask("GET", fmt.Sprintf("/v1/activities/%s?wait=60&version=%d", id, now.Version+1e12), "")
			}()
			return answered
		}
		first := poll()
		if got := s.ask("POST", "/v1/activities/"+id+"/cancel", ""); got.status != 202 {
			h.TB.Fatalf("%d %s", got.status, got.body)
		}
		if got := <-first; got.field("status") != "cancelled" {
			h.TB.Errorf("cancelling: %d %s", got.status, got.body)
		}

		id = waiting(h)
		second := poll()
		close(draining)
		if got := <-second; got.status != 503 || got.header.Get("Retry-After") == "" {
			h.TB.Errorf("draining: %d %s", got.status, got.body)
		}
	})
}

// events reads activities from a stream of events.
func events(s house, lastID string) (next func() usecase.Activity, close func()) {
	s.TB.Helper()
	r, err := http.NewRequestWithContext(s.TB.Context(), http.MethodGet, s.url+"/v1/events", nil)
	if err != nil {
		s.TB.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.tokens["reader"])
	r.Header.Set("Last-Event-ID", lastID)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.TB.Fatal(err)
	}
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != 200 || kind != "text/event-stream" {
		s.TB.Fatalf("%d %s", answer.StatusCode, kind)
	}
	lines := bufio.NewScanner(answer.Body)
	return func() (a usecase.Activity) {
		s.TB.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(data), &a); err != nil {
					s.TB.Fatal(err)
				}
				return a
			}
		}
		return a
	}, func() { answer.Body.Close() }
}

func TestEventsTellOfUnfinishedActivitiesAndThenOfChanges(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		draining := make(chan struct{})
		s := serve(h, rest.Options{Draining: draining})
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1.0", "amd64", ""))
		h.Publish("repo:tools") // finished before: nobody hears of it
		id := waiting(h)
		next, done := events(s, "")
		defer done()
		first := next()
		if fmt.Sprint(first.ID) != id || first.Finished() {
			h.TB.Errorf("first: %+v", first)
		}
		s.ask("POST", "/v1/activities/"+id+"/cancel", "")
		for a := next(); a.Status != "cancelled"; a = next() {
			if a.ID != first.ID {
				h.TB.Fatalf("then: %+v", a)
			}
		}
		published := h.Update()
		for a := next(); !(a.ID == published.ID && a.Finished()); a = next() {
			if a.ID == 0 {
				h.TB.Fatal("the stream ended")
			}
		}

		again, doneAgain := events(s, fmt.Sprint(first.Version))
		defer doneAgain()
		if a := again(); fmt.Sprint(a.ID) != id || a.Status != "cancelled" {
			h.TB.Errorf("after the first event: %+v", a)
		}
		close(draining)
		for a := again(); a.ID != 0; a = again() {
		}
	})
}

func TestAScrubTellsOfDamage(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		s := serve(h, rest.Options{})
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1.0", "amd64", ""))
		got := s.ask("POST", "/v1/scrub", "")
		var last routes.ScrubLine
		for lines := json.NewDecoder(strings.NewReader(got.body)); ; {
			if err := lines.Decode(&last); err == io.EOF {
				break
			} else if err != nil {
				h.TB.Fatal(err)
			}
		}
		if kind := got.header.Get("Content-Type"); kind != "application/x-ndjson" || last.Report == nil || last.Report.Blobs != 1 || !last.Report.Clean() {
			h.TB.Errorf("%s %s", kind, got.body)
		}
	})
}
