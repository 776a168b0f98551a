package aptly_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLongNames publishes many things with long names at once, in a directory deep
// down: the record of the task is shorter than all that.
func TestLongNames(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.stock("tools", deb(h, "hello", "1", "amd64"))
		var sources []string
		for i := range 40 {
			name := fmt.Sprintf("%s%d", strings.Repeat("s", 60), i)
			h.post("/api/repos/tools/snapshots", `{"Name":"`+name+`"}`).ok()
			sources = append(sources, fmt.Sprintf(`{"Component":"c%d","Name":%q}`, i, name))
		}
		h.post("/api/publish/many", `{"SourceKind":"snapshot","Sources":[`+strings.Join(sources, ",")+`],`+unsigned+`}`).has(201, `{"Prefix":"many"}`)
		deep := strings.Repeat(strings.Repeat("d", 200)+"%2F", 7) + "end"
		h.send("PUT", "/api/files/"+deep+"/hello_1_amd64.deb", "", string(deb(h, "hello", "1", "amd64").Data)).ok()
		h.post("/api/repos/tools/file/"+deep, "").has(200, `{"FailedFiles":[]}`)
	})
}

// TestLongReports has an import tell of more than the record of a task takes.
func TestLongReports(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.stock("tools")
		dir := filepath.Join(h.Parts.UploadArea, "many")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			h.TB.Fatal(err)
		}
		const files = 2500
		for i := range files {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s%d.deb", strings.Repeat("x", 200), i)), nil, 0o644); err != nil {
				h.TB.Fatal(err)
			}
		}
		var begun taskJSON
		h.post("/api/repos/tools/file/many?_async=1", "").into(&begun)
		task := fmt.Sprintf("/api/tasks/%d", begun.ID)
		h.get(task+"/wait").has(200, `{"State":2}`)
		var told struct {
			Code  int
			Value struct {
				Report      struct{ Warnings []string }
				FailedFiles []string
			}
		}
		h.get(task + "/return_value").into(&told)
		warnings, failed := told.Value.Report.Warnings, told.Value.FailedFiles
		left := fmt.Sprintf("this record is too short for %d more lines", 2*files-len(warnings)+1-len(failed))
		if told.Code != 200 || len(failed) < 100 || warnings[len(warnings)-1] != left {
			h.TB.Errorf("the record has %d failed files and ends with %q, not %q", len(failed), warnings[len(warnings)-1], left)
		}
		var whole struct{ FailedFiles []string }
		if h.post("/api/repos/tools/file/many", "").into(&whole); len(whole.FailedFiles) != files {
			h.TB.Errorf("the answer has %d failed files", len(whole.FailedFiles))
		}
	})
}
