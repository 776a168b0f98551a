package aptly_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
)

// keys gives a list of package keys, sorted.
func (r reply) keys() []string {
	r.h.TB.Helper()
	var list []string
	r.into(&list)
	slices.Sort(list)
	return list
}

// names wants packages by their keys without the hashes, in any order.
func (r reply) names(want ...string) {
	r.h.TB.Helper()
	got := []string{}
	for _, key := range r.keys() {
		got = append(got, key[:strings.LastIndexByte(key, ' ')])
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.h.TB.Errorf("%s gives %q, not %q", r.asked, got, want)
	}
}

// stock makes a repo with packages by way of the API.
func (h *house) stock(repo string, files ...apptest.Upload) {
	h.TB.Helper()
	h.post("/api/repos", `{"Name":"`+repo+`","DefaultDistribution":"bookworm","DefaultComponent":"main"}`).ok()
	if len(files) > 0 {
		h.upload("for-"+repo, files...).ok()
		h.post("/api/repos/"+repo+"/file/for-"+repo, "").ok()
	}
}

func deb(h *house, name, version, architecture string) apptest.Upload {
	return apptest.Deb(h.TB, name, version, architecture, "")
}

func TestRepos(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.get("/api/repos").is(200, `[]`)
		h.post("/api/repos", `{"Name":"tools","Comment":"ours","DefaultDistribution":"bookworm","DefaultComponent":"contrib"}`).
			is(201, `{"Name":"tools","Comment":"ours","DefaultDistribution":"bookworm","DefaultComponent":"contrib"}`)
		h.post("/api/repos", `{"Name":"tools"}`).fails(409, "local repo with name tools already exists")
		h.post("/api/repos", `{"Name":"../evil"}`).fails(400, "name")
		h.post("/api/repos", `{"Name":"x","FromSnapshot":"none"}`).fails(404, "source snapshot not found")
		h.post("/api/repos", `{"Name":"other"}`).is(201, `{"Name":"other","Comment":"","DefaultDistribution":"","DefaultComponent":""}`)
		h.get("/api/repos/tools").is(200, `{"Name":"tools","Comment":"ours","DefaultDistribution":"bookworm","DefaultComponent":"contrib"}`)
		h.get("/api/repos/none").fails(404, "local repo with name none not found")
		h.put("/api/repos/tools", `{"Comment":""}`).is(200, `{"Name":"tools","Comment":"","DefaultDistribution":"bookworm","DefaultComponent":"contrib"}`)
		h.put("/api/repos/tools", `{"Name":"other"}`).fails(409, "already exists")
		h.put("/api/repos/none", `{"Comment":"x"}`).fails(404, "local repo with name none not found")
		h.put("/api/repos/tools", `{"Name":"kit"}`).has(200, `{"Name":"kit"}`)
		h.get("/api/repos/tools").fails(404, "not found")
		h.get("/api/repos").is(200, `[{"Name":"kit","Comment":"","DefaultDistribution":"bookworm","DefaultComponent":"contrib","NumPackages":0},
			{"Name":"other","Comment":"","DefaultDistribution":"","DefaultComponent":"","NumPackages":0}]`)
		h.post("/api/repos/kit/snapshots", `{"Name":"s"}`).ok()
		h.delete("/api/repos/kit").fails(409, "use ?force=1")
		h.delete("/api/repos/kit?force=1").is(200, `{}`)
		h.delete("/api/repos/kit").fails(404, "not found")
		h.stock("shown", deb(h, "hello", "1", "amd64"))
		h.post("/api/publish", `{"SourceKind":"local","Sources":[{"Name":"shown"}],"Signing":{"Skip":true}}`).ok()
		h.delete("/api/repos/shown?force=1").fails(409, "unable to drop, local repo is published")
	})
}

func TestPackagesOfARepo(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.stock("tools", deb(h, "hello", "1", "amd64"), deb(h, "hello", "2", "amd64"), deb(h, "lib", "1", "all"))
		h.get("/api/repos/tools/packages").names("Pamd64 hello 1", "Pamd64 hello 2", "Pall lib 1")
		h.get("/api/repos/tools/packages?q=hello+(%3E%3D+2)").names("Pamd64 hello 2")
		h.get("/api/repos/tools/packages?q=Name+(~+lib)").names("Pall lib 1")
		h.get("/api/repos/tools/packages?maximumVersion=1").names("Pamd64 hello 2", "Pall lib 1")
		h.get("/api/repos/tools/packages?q=nothing").is(200, `[]`)
		h.get("/api/repos/tools/packages?q=)").fails(400, "parsing failed")
		h.get("/api/repos/none/packages").fails(404, "not found")
		var full []map[string]string
		h.get("/api/repos/tools/packages?format=details&q=lib").into(&full)
		if len(full) != 1 || full[0]["Package"] != "lib" || full[0]["Filename"] != "lib_1_all.deb" || full[0]["ShortKey"] != "Pall lib 1" ||
			full[0]["Key"] != "Pall lib 1 "+full[0]["FilesHash"] || len(full[0]["SHA256"]) != 64 || len(full[0]["MD5sum"]) != 32 || full[0]["Maintainer"] == "" {
			h.TB.Errorf("the details are %q", full)
		}

		h.stock("copy")
		all := h.get("/api/repos/tools/packages").keys()
		one, _ := json.Marshal(all[:1])
		h.post("/api/repos/copy/packages", `{"PackageRefs":`+string(one)+`}`).has(200, `{"Name":"copy"}`)
		if got := h.get("/api/repos/copy/packages").keys(); !slices.Equal(got, all[:1]) {
			h.TB.Errorf("the repo has %q, not %q", got, all[:1])
		}
		h.post("/api/repos/copy/packages", `{"PackageRefs":["Pamd64 no 1 923456789abcdef0"]}`).fails(404, "Pamd64 no 1 923456789abcdef0: key not found")
		h.post("/api/repos/copy/packages", `{}`).fails(400, "PackageRefs")
		h.post("/api/repos/none/packages", `{"PackageRefs":[]}`).fails(404, "local repo with name none not found")
		h.send("DELETE", "/api/repos/copy/packages", "application/json", `{"PackageRefs":`+string(one)+`}`).has(200, `{"Name":"copy"}`)
		h.get("/api/repos/copy/packages").is(200, `[]`)
		h.send("DELETE", "/api/repos/copy/packages", "application/json", `{"PackageRefs":["Pamd64 no 1 923456789abcdef0"]}`).fails(404, "key not found")

		h.post("/api/repos/copy/copy/tools/hello%20(=%201)", "").is(200, `{"Report":{"Warnings":[],"Added":["added hello-1(amd64)"],"Removed":[]}}`)
		h.post("/api/repos/copy/copy/tools/lib", `{"dry-run":true}`).is(200, `{"Report":{"Warnings":[],"Added":["added lib-1(all)"],"Removed":[]}}`)
		h.get("/api/repos/copy/packages").names("Pamd64 hello 1")
		h.post("/api/repos/copy/copy/none/lib", "").fails(400, "none")
		h.post("/api/repos/copy/copy/copy/lib", "").fails(400, "identical")
		h.post("/api/repos/copy/copy/tools/nothing", "").fails(422, "")
		h.post("/api/repos/copy/copy/tools/)", "").fails(422, "")
		h.get("/api/packages?q=lib").names("Pall lib 1")
		h.get("/api/packages?q=)").fails(400, "parsing failed")
		h.get("/api/packages/"+strings.ReplaceAll(all[0], " ", "%20")).has(200, `{"Key":"`+all[0]+`"}`)
		h.get("/api/packages/Pall%20none%201%20abc").fails(404, "key not found")
	})
}

func TestImportingUploads(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.get("/api/files").is(200, `[]`)
		h.upload("in", deb(h, "hello", "1", "amd64"), apptest.File("notes.txt", []byte("x"))).is(200, `["in/hello_1_amd64.deb","in/notes.txt"]`)
		h.get("/api/files").is(200, `["in"]`)
		h.get("/api/files/in").is(200, `["hello_1_amd64.deb","notes.txt"]`)
		h.get("/api/files/none").fails(404, "")
		h.upload("..%2Fup", deb(h, "x", "1", "amd64")).fails(400, "wrong dir")
		h.send("POST", "/api/files/in", "text/plain", "x").fails(400, "multipart")
		h.send("PUT", "/api/files/in/raw_1_all.deb", "application/octet-stream", string(deb(h, "raw", "1", "all").Data)).is(200, `["in/raw_1_all.deb"]`)
		h.send("PUT", "/api/files/in/%2E%2E", "", "x").fails(400, "wrong file")

		h.post("/api/repos", `{"Name":"tools"}`).ok()
		h.post("/api/repos/none/file/in", "").fails(404, "local repo with name none not found")
		h.post("/api/repos/none/file/in/x.deb", "").fails(404, "local repo with name none not found")
		h.post("/api/repos/tools/file/in?noRemove=1", "").is(200, `{"Report":{"Warnings":[],"Added":["hello_1_amd64 added","raw_1_all added"],"Removed":[]},"FailedFiles":[]}`)
		h.get("/api/files/in").is(200, `["hello_1_amd64.deb","notes.txt","raw_1_all.deb"]`)
		h.post("/api/repos/tools/file/in/raw_1_all.deb", "").is(200, `{"Report":{"Warnings":[],"Added":["raw_1_all added"],"Removed":[]},"FailedFiles":[]}`)
		h.get("/api/files/in").is(200, `["hello_1_amd64.deb","notes.txt"]`)
		other := apptest.Deb(h.TB, "hello", "1", "amd64", "other")
		h.upload("in", other).ok()
		var told struct {
			Report      struct{ Warnings, Added, Removed []string }
			FailedFiles []string
		}
		h.post("/api/repos/tools/file/in/hello_1_amd64.deb", "").into(&told)
		if len(told.FailedFiles) != 1 || len(told.Report.Warnings) != 1 || !strings.Contains(told.Report.Warnings[0], "package already exists and is different: hello_1_amd64") {
			h.TB.Errorf("a conflict tells %+v", told)
		}
		h.post("/api/repos/tools/file/in/hello_1_amd64.deb?forceReplace=1", "").
			is(200, `{"Report":{"Warnings":[],"Added":["hello_1_amd64 added"],"Removed":["hello_1_amd64 removed due to conflict with package being added"]},"FailedFiles":[]}`)
		h.delete("/api/files/in/notes.txt").is(200, `{}`)
		h.delete("/api/files/in/notes.txt").is(200, `{}`)
		h.delete("/api/files/in").is(200, `{}`)
		h.delete("/api/files/%2E%2E").fails(400, "wrong dir")
		h.delete("/api/files/in/%2E%2E").fails(400, "wrong file")
		h.get("/api/files").is(200, `[]`)
	})
}
