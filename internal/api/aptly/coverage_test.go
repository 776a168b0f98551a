package aptly_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aptarium/aptarium/internal/api/aptly"
)

// answered notes how requests were answered: "GET /api/repos" by status.
var answered = struct {
	sync.Mutex
	statuses map[string][]int
}{statuses: map[string][]int{}}

func note(method, path string, status int) {
	path, _, _ = strings.Cut(path, "?")
	answered.Lock()
	defer answered.Unlock()
	answered.statuses[method+" "+strings.TrimSuffix(path, "/")] = append(answered.statuses[method+" "+strings.TrimSuffix(path, "/")], status)
}

// neverFail are the routes that have nothing to refuse.
var neverFail = []string{
	"GET /api/version", "GET /api/ready", "GET /api/healthy", "GET /api/storage", "GET /api/metrics", "GET /api/s3", "GET /api/gcs", "GET /api/jfrog",
	"POST /api/db/cleanup", "GET /api/files", "GET /api/repos", "GET /api/mirrors", "GET /api/publish", "GET /api/tasks", "POST /api/tasks-clear", "GET /api/tasks-wait",
}

// TestMain wants every route to have been seen to succeed and to fail, when all tests
// have run.
func TestMain(m *testing.M) {
	code := m.Run()
	if flag.Lookup("test.run").Value.String() != "" || code != 0 {
		os.Exit(code)
	}
	for _, lack := range lacks() {
		fmt.Println("no test shows that", lack)
		code = 1
	}
	os.Exit(code)
}

// lacks compares the routes that the documentation lists with what was answered.
func lacks() (list []string) {
	w := httptest.NewRecorder()
	aptly.New(nil, aptly.Options{Config: aptly.Defaults()}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/docs/doc.json", nil))
	var doc struct {
		Paths map[string]map[string]any
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		return []string{err.Error()}
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			route := strings.ToUpper(method) + " " + path
			good, bad := false, slices.Contains(neverFail, route)
			for asked, statuses := range answered.statuses {
				if !fits(route, asked) {
					continue
				}
				for _, s := range statuses {
					good, bad = good || s/100 == 2, bad || s/100 > 3
				}
			}
			if !good {
				list = append(list, route+" succeeds")
			}
			if !bad {
				list = append(list, route+" fails")
			}
		}
	}
	return list
}

// fits tells whether a request is one of a route with {parameters}.
func fits(route, asked string) bool {
	want, got := strings.Split(route, "/"), strings.Split(asked, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		fixed, _, variable := strings.Cut(want[i], "{")
		if got[i] != want[i] && !(variable && strings.HasPrefix(got[i], fixed)) {
			return false
		}
	}
	return true
}
