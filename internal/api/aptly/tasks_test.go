package aptly_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

type taskJSON struct {
	Name      string
	ID        int
	State     int
	Resources []string
}

func TestTasks(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.get("/api/tasks").is(200, `[]`)
		h.post("/api/repos", `{"Name":"waited"}`).ok()
		h.get("/api/tasks").is(200, `[]`) // nobody sees those that were waited for

		var made, failed taskJSON
		begun := h.post("/api/repos?_async=1", `{"Name":"later"}`)
		if begun.into(&made); begun.status != 202 || made.Name != "Create repo later" || made.ID == 0 {
			h.TB.Errorf("answers %d %s", begun.status, begun.body)
		}
		task := fmt.Sprintf("/api/tasks/%d", made.ID)
		h.get(task+"/wait").has(200, fmt.Sprintf(`{"Name":"Create repo later","ID":%d,"State":2}`, made.ID))
		h.get(task).has(200, `{"State":2}`)
		h.get(task+"/return_value").is(200, `{"Code":201,"Value":{"Name":"later","Comment":"","DefaultDistribution":"","DefaultComponent":""}}`)
		h.get(task+"/detail").is(200, `{}`)
		if said := h.get(task + "/output").ok().body; !strings.HasSuffix(said, `Task succeeded"`) {
			h.TB.Errorf("the output is %s", said)
		}

		h.post("/api/repos?_async=yes", `{"Name":"later"}`).into(&failed)
		task2 := fmt.Sprintf("/api/tasks/%d", failed.ID)
		h.get(task2+"/wait").has(200, `{"State":3}`)
		if said := h.get(task2 + "/output").ok().body; !strings.HasSuffix(said, `Task failed with error: local repo with name later already exists"`) {
			h.TB.Errorf("the output is %s", said)
		}
		h.get(task2+"/return_value").has(200, `{"Code":409,"Value":null}`)

		var all []taskJSON
		if h.get("/api/tasks").into(&all); len(all) != 2 || all[0].ID != made.ID || all[1].ID != failed.ID {
			h.TB.Errorf("the tasks are %+v", all)
		}
		h.delete(task).has(200, fmt.Sprintf(`{"ID":%d}`, made.ID))
		for _, part := range []string{"/detail", "/output", "/return_value"} {
			h.get(task+part).fails(404, "Could not find task with id")
		}
		h.get(task).fails(404, "Could not find task with id")
		h.delete(task).fails(400, "Could not find task with id")
		h.get(task+"/wait").fails(400, "Could not find task with id")
		h.get("/api/tasks/some").fails(400, "not the number of a task")
		h.post("/api/tasks-clear", "").is(200, `{}`)
		h.get("/api/tasks").is(200, `[]`)
		h.get("/api/tasks-wait").is(200, `{}`)
		for _, no := range []string{"0", "false", "NO", "off", "n", "f"} {
			if r := h.get("/api/repos/later/packages"); r.status != 200 {
				h.TB.Error(r.body)
			}
			if r := h.put("/api/repos/later?_async="+no, `{"Comment":"x"}`); r.status != 200 {
				h.TB.Errorf("_async=%s answers %d", no, r.status)
			}
		}
	})
}

func TestFiftyMutationsAtOnce(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.post("/api/repos", `{"Name":"shared"}`).ok()
		var calls sync.WaitGroup
		ids := make([]taskJSON, 50)
		for i := range ids {
			calls.Go(func() {
				switch i % 3 {
				case 0:
					h.post("/api/repos?_async=1", fmt.Sprintf(`{"Name":"r%d"}`, i)).into(&ids[i])
				case 1:
					h.put("/api/repos/shared?_async=1", fmt.Sprintf(`{"Comment":"%d"}`, i)).into(&ids[i])
				default:
					h.post("/api/repos/shared/snapshots?_async=1", fmt.Sprintf(`{"Name":"s%d"}`, i)).into(&ids[i])
				}
			})
		}
		calls.Wait()
		h.get("/api/tasks-wait").is(200, `{}`)
		seen := map[int]bool{}
		var all []taskJSON
		h.get("/api/tasks").into(&all)
		for _, task := range all {
			if task.State != 2 || seen[task.ID] {
				h.TB.Errorf("%+v", task)
			}
			seen[task.ID] = true
		}
		for _, task := range ids {
			if !seen[task.ID] {
				h.TB.Errorf("the task %+v is not listed", task)
			}
		}
		var repos, snapshots []any
		h.get("/api/repos").into(&repos)
		h.get("/api/snapshots").into(&snapshots)
		if len(repos) != 1+17 || len(snapshots) != 16 {
			h.TB.Errorf("there are %d repos and %d snapshots", len(repos), len(snapshots))
		}
	})
}
