package landscape_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"

	"github.com/aptarium/aptarium/internal/api/landscape"
)

// answered notes what each action was seen to answer.
var answered = struct {
	sync.Mutex
	done, golden map[string]bool
	codes        map[string]map[string]bool
}{done: map[string]bool{}, golden: map[string]bool{}, codes: map[string]map[string]bool{}}

// note keeps how a request for an action was answered.
func note(action string, status int, body string) {
	answered.Lock()
	defer answered.Unlock()
	if status == http.StatusOK {
		answered.done[action] = true
		return
	}
	var told struct{ Error string }
	_ = json.Unmarshal([]byte(body), &told)
	if answered.codes[action] == nil {
		answered.codes[action] = map[string]bool{}
	}
	answered.codes[action][told.Error] = true
}

func noteGolden(action string) {
	answered.Lock()
	defer answered.Unlock()
	answered.golden[action] = true
}

// TestMain wants every action to have been seen to succeed, with an answer as in its
// golden file, and every error that its entry in the table names, when all tests have
// run.
func TestMain(m *testing.M) {
	code := m.Run()
	if flag.Lookup("test.run").Value.String() != "" || flag.Lookup("test.fuzz").Value.String() != "" || code != 0 {
		os.Exit(code)
	}
	for _, lack := range lacks() {
		fmt.Println("no test shows that", lack)
		code = 1
	}
	os.Exit(code)
}

func lacks() (list []string) {
	for _, action := range landscape.Actions() {
		if !answered.done[action.Name] {
			list = append(list, action.Name+" succeeds")
		}
		if !answered.golden[action.Name] {
			list = append(list, action.Name+" answers as in testdata")
		}
		for _, code := range action.Errors {
			if !answered.codes[action.Name][code] {
				list = append(list, action.Name+" fails with "+code)
			}
		}
	}
	return list
}
