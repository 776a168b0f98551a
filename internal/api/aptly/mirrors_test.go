package aptly_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// gpgHome gives the server a GnuPG home of its own.
func (h *house) gpgHome() {
	h.TB.Helper()
	home, err := os.MkdirTemp("", "gnupg") // a short path: the agent's socket is there
	if err != nil {
		h.TB.Fatal(err)
	}
	h.TB.Cleanup(func() { os.RemoveAll(home) })
	h.Settings.GnuPG = gnupg.Program{Home: home}
}

// upstream is a signed archive on loopback.
type upstream struct {
	*testkit.Upstream
	key   *openpgp.SecretKey
	dir   string
	suite testkit.Suite
}

func (h *house) upstream(packages ...testkit.Package) *upstream {
	h.TB.Helper()
	key, err := testkit.NewKey("Archive")
	if err != nil {
		h.TB.Fatal(err)
	}
	u := &upstream{key: key, dir: filepath.Join(h.TB.TempDir(), "upstream"), suite: testkit.Suite{
		Codename: "stable", Origin: "Example", Version: "12", Packages: packages, Components: []string{"main", "contrib"}, Keys: []*openpgp.SecretKey{key},
	}}
	u.write(h)
	u.Upstream = testkit.NewUpstream(u.dir)
	h.TB.Cleanup(u.Close)
	return u
}

func (u *upstream) write(h *house) {
	h.TB.Helper()
	if err := (testkit.Archive{Suites: []testkit.Suite{u.suite}}).Write(h.TB.Context(), u.dir); err != nil {
		h.TB.Fatal(err)
	}
}

// trust adds the archive's key to the keyring that mirrors are verified with.
func (h *house) trust(key *openpgp.SecretKey) {
	h.TB.Helper()
	armored, err := key.Public().Armored()
	if err != nil {
		h.TB.Fatal(err)
	}
	body, _ := json.Marshal(map[string]string{"GpgKeyArmor": string(armored)})
	h.post("/api/gpg/key", string(body)).ok()
}

func TestMirrors(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.gpgHome()
		u := h.upstream(
			testkit.Package{Name: "nginx", Version: "1.22", Architecture: "amd64", Depends: "libc6"},
			testkit.Package{Name: "nginx", Version: "1.20", Architecture: "amd64"},
			testkit.Package{Name: "libc6", Version: "2.36", Architecture: "amd64"},
			testkit.Package{Name: "extra", Version: "1", Architecture: "all", Component: "contrib"},
		)
		h.get("/api/mirrors").is(200, `[]`)
		create := func(name, more string) reply {
			return h.post("/api/mirrors", fmt.Sprintf(`{"Name":%q,"ArchiveURL":%q,"Distribution":"stable"%s}`, name, u.URL(), more))
		}
		create("m", "").fails(400, "unable to initialize GPG verifier")
		h.trust(u.key)
		create("m", `,"Components":["main"]`).has(201, `{"Name":"m","Distribution":"stable","Components":["main"],"Architectures":["amd64"],"ArchiveRoot":"`+u.URL()+`/",
			"Status":0,"Filter":"","DownloadSources":false}`)
		create("m", "").fails(500, "already exists")
		create("x", `,"Components":["none"]`).fails(400, "none")
		create("x", `,"Architectures":["sparc"]`).fails(400, "sparc")
		create("x", `,"Filter":")"`).fails(400, "")
		h.post("/api/mirrors", `{"Name":"x"}`).fails(400, "ArchiveURL")
		h.post("/api/mirrors", `{"Name":"x","ArchiveURL":"ftp://example.org","Distribution":"d"}`).fails(400, "")
		h.post("/api/mirrors", `{"Name":"x","ArchiveURL":"`+u.URL()+`","Distribution":"none"}`).fails(400, "unable to fetch mirror: ")
		h.get("/api/mirrors/m").has(200, `{"Name":"m","Status":0}`)
		h.get("/api/mirrors/none").fails(404, "unable to show: mirror with name none not found")
		h.get("/api/mirrors/m/packages").fails(404, "mirror hasn't been downloaded yet")
		h.post("/api/mirrors/m/snapshots", `{"Name":"early"}`).fails(400, "mirror not updated")

		if r := h.put("/api/mirrors/m", `{}`); r.status != 204 || r.body != "" {
			h.TB.Errorf("an update answers %d %q", r.status, r.body)
		}
		h.get("/api/mirrors/m/packages").names("Pamd64 nginx 1.22", "Pamd64 nginx 1.20", "Pamd64 libc6 2.36")
		h.get("/api/mirrors/m/packages?q=nginx+(%3E%3D+1.21)&withDeps=1").names("Pamd64 nginx 1.22", "Pamd64 libc6 2.36")
		var shown []struct {
			Name        string
			NumPackages int
			Meta        map[string]string
		}
		if h.get("/api/mirrors").into(&shown); len(shown) != 1 || shown[0].NumPackages != 3 || shown[0].Meta["Origin"] != "Example" || shown[0].Meta["Codename"] != "stable" {
			h.TB.Errorf("the mirrors are %+v", shown)
		}
		h.post("/api/mirrors/m/snapshots", `{"Name":"first"}`).has(201, `{"Name":"first","SourceKind":"repo","Origin":"Example"}`)
		h.post("/api/mirrors/m/snapshots", `{"Name":"first"}`).fails(400, "already exists")
		h.get("/api/snapshots/first/packages?q=libc6").names("Pamd64 libc6 2.36")
		h.post("/api/publish", `{"SourceKind":"snapshot","Sources":[{"Name":"first"}],`+unsigned+`}`).has(201, `{"Distribution":"stable","Origin":"Example","Sources":[{"Component":"main","Name":"first"}]}`)

		h.post("/api/mirrors/m", `{"Filter":"Name (nginx)","FilterWithDeps":true}`).has(200, `{"Filter":"Name (nginx)","FilterWithDeps":true}`)
		h.post("/api/mirrors/m", `{"Filter":")"}`).fails(400, "")
		h.post("/api/mirrors/none", `{"Filter":"x"}`).fails(404, "unable to edit: ")
		h.put("/api/mirrors/m", `{"LatestOnly":true,"Name":"renamed"}`).ok()
		h.get("/api/mirrors/renamed/packages").names("Pamd64 nginx 1.22", "Pamd64 libc6 2.36")
		h.put("/api/mirrors/none", `{}`).fails(404, "not found")
		u.Inject("*", -1, testkit.Status(500))
		h.put("/api/mirrors/renamed", `{"ForceUpdate":true}`).fails(500, "unable to update: ")
		h.get("/api/mirrors/renamed/packages").names("Pamd64 nginx 1.22", "Pamd64 libc6 2.36")

		h.delete("/api/mirrors/renamed").fails(403, "force=1")
		if r := h.delete("/api/mirrors/renamed?force=1"); r.status != 204 || r.body != "" {
			h.TB.Errorf("dropping answers %d %q", r.status, r.body)
		}
		h.delete("/api/mirrors/renamed").fails(404, "not found")
	})
}

func TestKeyrings(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.gpgHome()
		key, err := testkit.NewKey("Somebody")
		if err != nil {
			h.TB.Fatal(err)
		}
		h.get("/api/gpg/keys").is(200, `{"Keys":null}`)
		h.trust(key)
		var list struct {
			Keys []struct {
				KeyID, Fingerprint string
				UserIDs            []string
			}
		}
		h.get("/api/gpg/keys").into(&list)
		if len(list.Keys) != 1 || len(list.Keys[0].KeyID) != 16 || list.Keys[0].Fingerprint != key.Fingerprint() || !strings.Contains(list.Keys[0].UserIDs[0], "Somebody") {
			h.TB.Errorf("the keys are %+v", list)
		}
		h.get("/api/gpg/keys?keyring=..%2F..%2Fetc%2Fpasswd").fails(400, "")
		h.post("/api/gpg/key", `{}`).fails(400, "")
		h.post("/api/gpg/key", `{"GpgKeyArmor":"nonsense"}`).fails(400, "")
		h.post("/api/gpg/key", `{"Keyring":"../../etc/x","GpgKeyArmor":"x"}`).fails(400, "")
		h.send("DELETE", "/api/gpg/key", "application/json", `{}`).fails(400, "GpgKeyID")
		h.send("DELETE", "/api/gpg/key", "application/json", `{"GpgKeyID":"0123456789ABCDEF"}`).fails(400, "")
		h.send("DELETE", "/api/gpg/key", "application/json", `{"GpgKeyID":"`+key.Fingerprint()+`"}`).ok()
		h.get("/api/gpg/keys").is(200, `{"Keys":null}`)
	})
}

func TestDrawing(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.stock("tools", deb(h, "hello", "1", "amd64"))
		h.put("/api/repos/tools", `{"Comment":"with | and \"quotes\" {}"}`).ok()
		h.post("/api/repos/tools/snapshots", `{"Name":"s"}`).ok()
		h.post("/api/publish", `{"SourceKind":"snapshot","Sources":[{"Name":"s"}],"Distribution":"d",`+unsigned+`}`).ok()
		r := h.get("/api/graph.dot").ok()
		for _, part := range []string{"digraph aptly {\n", "rankdir=LR", `{Repo tools|comment: with \| and \"quotes\" \{\}|pkgs: 1}`, `{Snapshot s|`, "fillcolor=darkolivegreen1", " -> "} {
			if !strings.Contains(r.body, part) {
				h.TB.Errorf("the drawing lacks %q:\n%s", part, r.body)
			}
		}
		if strings.Contains(h.get("/api/graph.gv?layout=vertical").ok().body, "rankdir") {
			h.TB.Error("vertical is horizontal")
		}
		if svg := h.get("/api/graph.svg").ok(); !strings.Contains(svg.body, "<svg") || !strings.HasPrefix(svg.header.Get("Content-Type"), "image/svg+xml") {
			h.TB.Errorf("the picture is %s %.100s", svg.header.Get("Content-Type"), svg.body)
		}
		if png := h.get("/api/graph.png").ok(); !strings.HasPrefix(png.body, "\x89PNG") {
			h.TB.Error("that is no PNG picture")
		}
		h.get("/api/graph.exe").fails(400, "exe")
		h.get("/api/graph.dot?layout=round").fails(400, "round")
	})
}
