package aptly_test

import (
	"strings"
	"testing"
)

func TestSnapshots(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.get("/api/snapshots").is(200, `[]`)
		h.stock("tools", deb(h, "hello", "1", "amd64"), deb(h, "lib", "1", "all"))
		h.post("/api/repos/tools/snapshots", `{"Name":"one"}`).
			has(201, `{"Name":"one","SourceKind":"local","Description":"Snapshot from local repo [tools]","Origin":"","NotAutomatic":"","ButAutomaticUpgrades":""}`)
		h.post("/api/repos/tools/snapshots", `{"Name":"one"}`).fails(400, "snapshot with name one already exists")
		h.post("/api/repos/none/snapshots", `{"Name":"x"}`).fails(404, "not found")
		h.post("/api/repos/tools/snapshots", `{}`).fails(400, "'required' tag")
		h.post("/api/snapshots", `{"Name":"empty"}`).has(201, `{"Description":"Created as empty"}`)
		h.get("/api/snapshots/empty/packages").is(200, `[]`)
		keys := h.get("/api/snapshots/one/packages?q=lib").keys()
		h.post("/api/snapshots", `{"Name":"picked","Description":"d","SourceSnapshots":["empty"],"PackageRefs":["`+keys[0]+`"]}`).has(201, `{"Name":"picked","Description":"d","SourceKind":"snapshot"}`)
		h.get("/api/snapshots/picked/packages").names("Pall lib 1")
		h.post("/api/snapshots", `{"Name":"x","SourceSnapshots":["none"]}`).fails(404, "snapshot with name none not found")
		h.post("/api/snapshots", `{"Name":"x","PackageRefs":["Pall no 1 00"]}`).fails(404, "Pall no 1 00")
		h.post("/api/snapshots", `{"Name":"one"}`).fails(400, "already exists")
		h.get("/api/snapshots/picked").has(200, `{"Name":"picked"}`)
		h.get("/api/snapshots/none/packages").fails(404, "not found")
		h.get("/api/snapshots/none").fails(404, "snapshot with name none not found")
		h.get("/api/snapshots?sort=size").fails(500, "size")
		var all []struct {
			Name        string
			NumPackages int
		}
		if h.get("/api/snapshots?sort=time").into(&all); len(all) != 3 || all[0].Name != "one" || all[0].NumPackages != 2 || all[2].Name != "picked" {
			h.TB.Errorf("by time they are %+v", all)
		}
		h.put("/api/snapshots/picked", `{"Name":"one"}`).fails(409, "one already exists")
		h.put("/api/snapshots/picked", `{"Name":"chosen","Description":"e"}`).has(200, `{"Name":"chosen","Description":"e"}`)
		h.put("/api/snapshots/none", `{"Name":"chosen"}`).fails(404, "not found")
		h.delete("/api/snapshots/empty").fails(409, "use ?force=1")
		h.delete("/api/snapshots/chosen").is(200, `{}`)
		h.delete("/api/snapshots/empty").is(200, `{}`)
		h.delete("/api/snapshots/empty").fails(404, "not found")
		h.post("/api/repos", `{"Name":"back","FromSnapshot":"one"}`).ok()
		h.get("/api/repos/back/packages").names("Pamd64 hello 1", "Pall lib 1")
		h.post("/api/publish", `{"SourceKind":"snapshot","Sources":[{"Name":"one"}],"Distribution":"d","Signing":{"Skip":true}}`).ok()
		h.delete("/api/snapshots/one?force=1").fails(409, "published")
	})
}

func TestComparingAndMerging(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.stock("a", deb(h, "hello", "1", "amd64"), deb(h, "same", "1", "all"), deb(h, "left", "1", "all"))
		same := h.get("/api/repos/a/packages?q=same").keys()[0]
		h.stock("b", deb(h, "hello", "2", "amd64"), deb(h, "right", "1", "all"))
		h.post("/api/repos/b/packages", `{"PackageRefs":["`+same+`"]}`).ok()
		h.post("/api/repos/a/snapshots", `{"Name":"a"}`).ok()
		h.post("/api/repos/b/snapshots", `{"Name":"b"}`).ok()
		var pairs []struct{ Left, Right *string }
		h.get("/api/snapshots/a/diff/b").into(&pairs)
		told := ""
		for _, p := range pairs {
			for _, side := range []*string{p.Left, p.Right} {
				if side == nil {
					told += "- "
				} else {
					told += strings.Join(strings.Fields(*side)[1:3], "/") + " "
				}
			}
		}
		if told != "left/1 - - right/1 hello/1 hello/2 " {
			h.TB.Errorf("the difference is %s", told)
		}
		if h.get("/api/snapshots/a/diff/b?onlyMatching=1").into(&pairs); len(pairs) != 1 {
			h.TB.Errorf("%d match", len(pairs))
		}
		h.get("/api/snapshots/a/diff/none").fails(404, "none")

		h.post("/api/snapshots/m/merge", `{"Sources":["b","a"]}`).has(201, `{"Name":"m","Description":"Merged from sources: 'b', 'a'"}`)
		h.get("/api/snapshots/m/packages").names("Pamd64 hello 1", "Pall same 1", "Pall left 1", "Pall right 1")
		h.post("/api/snapshots/newest/merge?latest=1", `{"Sources":["b","a"]}`).ok()
		h.get("/api/snapshots/newest/packages?q=hello").names("Pamd64 hello 2")
		h.post("/api/snapshots/every/merge?no-remove=1", `{"Sources":["b","a"]}`).ok()
		h.get("/api/snapshots/every/packages?q=hello").names("Pamd64 hello 1", "Pamd64 hello 2")
		h.post("/api/snapshots/x/merge?latest=1&no-remove=1", `{"Sources":["a"]}`).fails(400, "mutually exclusive")
		h.post("/api/snapshots/x/merge", `{"Sources":[]}`).fails(400, "")
		h.post("/api/snapshots/x/merge", `{"Sources":["none"]}`).fails(404, "none")
		h.post("/api/snapshots/m/merge", `{"Sources":["a"]}`).fails(500, "already exists")

		h.post("/api/snapshots/a/pull?dry-run=1", `{"Source":"b","Destination":"p","Queries":["hello"],"Architectures":["amd64"]}`).
			is(200, `{"added_packages":["hello_2_amd64"],"removed_packages":["hello_1_amd64"]}`)
		h.get("/api/snapshots/p").fails(404, "p")
		h.post("/api/snapshots/a/pull", `{"Source":"b","Destination":"p","Queries":["hello"],"Architectures":["amd64"]}`).has(201, `{"Name":"p","SourceKind":"snapshot"}`)
		h.get("/api/snapshots/p/packages").names("Pamd64 hello 2", "Pall same 1", "Pall left 1")
		h.post("/api/snapshots/a/pull?no-remove=1", `{"Source":"b","Destination":"q","Queries":["hello","right"],"Architectures":["amd64"]}`).ok()
		h.get("/api/snapshots/q/packages").names("Pamd64 hello 1", "Pamd64 hello 2", "Pall same 1", "Pall left 1", "Pall right 1")
		h.post("/api/snapshots/a/pull", `{"Source":"b","Destination":"p"}`).fails(400, "Queries")
		h.post("/api/snapshots/a/pull", `{"Source":"none","Destination":"p","Queries":["x"]}`).fails(404, "none")
		h.post("/api/snapshots/a/pull", `{"Source":"b","Destination":"z","Queries":[")"]}`).fails(400, "")
	})
}
