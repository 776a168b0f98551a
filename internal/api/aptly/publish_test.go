package aptly_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
)

// file reads a file of the endpoint www.
func (h *house) file(path string) string {
	h.TB.Helper()
	text, err := os.ReadFile(filepath.Join(h.public, path))
	if err != nil {
		h.TB.Error(err)
	}
	return string(text)
}

func (h *house) isThere(path string) bool {
	_, err := os.Stat(filepath.Join(h.public, path))
	return err == nil
}

const unsigned = `"Signing":{"Skip":true}`

func TestPublishingARepo(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.get("/api/publish").is(200, `[]`)
		h.stock("tools", deb(h, "hello", "1", "amd64"), deb(h, "libfoo", "1", "all"))
		const shown = `{"AcquireByHash":false,"Architectures":["amd64"],"ButAutomaticUpgrades":"","Codename":"","Distribution":"bookworm","Label":"",
			"MultiDist":false,"NotAutomatic":"","Origin":"","Path":"filesystem:www:debian/tools/bookworm","Prefix":"debian/tools","SignedBy":"","SkipContents":true,
			"SourceKind":"local","Sources":[{"Component":"main","Name":"tools"}],"Storage":"filesystem:www","Suite":"","Version":""}`
		h.post("/api/publish/filesystem:www:debian_tools", `{"SourceKind":"local","Sources":[{"Name":"tools"}],`+unsigned+`}`).is(201, shown)
		h.get("/api/publish/filesystem:www:debian_tools/bookworm").is(200, shown)
		h.get("/api/publish").is(200, `[`+shown+`]`)
		h.post("/api/publish/filesystem:www:debian_tools", `{"SourceKind":"local","Sources":[{"Name":"tools"}],`+unsigned+`}`).
			fails(400, "prefix/distribution already used by another published repo: filesystem:www:debian/tools/bookworm")

		const suite = "debian/tools/dists/bookworm/"
		for _, path := range []string{"main/binary-amd64/Packages", "main/binary-amd64/Packages.gz", "main/binary-amd64/Packages.bz2", "main/binary-amd64/Release", "Release"} {
			if !h.isThere(suite + path) {
				h.TB.Errorf("there is no %s", suite+path)
			}
		}
		for _, path := range []string{"InRelease", "Release.gpg", "main/binary-all", "main/binary-amd64/by-hash", "main/Contents-amd64.gz"} {
			if h.isThere(suite + path) {
				h.TB.Errorf("there is %s", suite+path)
			}
		}
		for _, path := range []string{"pool/main/h/hello/hello_1_amd64.deb", "pool/main/libf/libfoo/libfoo_1_all.deb"} {
			if !h.isThere("debian/tools/" + path) {
				h.TB.Errorf("there is no %s", path)
			}
		}
		release := h.file(suite + "Release")
		for _, line := range []string{"Origin: debian/tools bookworm\n", "Label: debian/tools bookworm\n", "Suite: bookworm\n", "Codename: bookworm\n",
			"Architectures: amd64\n", "Components: main\n", "MD5Sum:\n", "SHA1:\n", "SHA256:\n", "SHA512:\n"} {
			if !strings.Contains(release, line) {
				h.TB.Errorf("Release has no %q:\n%s", line, release)
			}
		}
		if index := h.file(suite + "main/binary-amd64/Packages"); strings.Count(index, "Package: ") != 2 || !strings.Contains(index, "Filename: pool/main/libf/libfoo/libfoo_1_all.deb\n") {
			h.TB.Errorf("the index is\n%s", index)
		}

		h.upload("more", deb(h, "hello", "2", "amd64")).ok()
		h.post("/api/repos/tools/file/more", "").ok()
		h.put("/api/publish/filesystem:www:debian_tools/bookworm", `{`+unsigned+`}`).is(200, shown)
		if !strings.Contains(h.file(suite+"main/binary-amd64/Packages"), "Version: 2\n") {
			h.TB.Error("the update does not show")
		}
		h.put("/api/publish/filesystem:www:debian_tools/bookworm", `{"Snapshots":[{"Component":"main","Name":"x"}],`+unsigned+`}`).fails(400, "snapshots shouldn't be given when updating local repo")
		h.put("/api/publish/filesystem:www:debian_tools/bookworm", `{"AcquireByHash":true,"Label":"ours","Origin":"us","Version":"12.1","SkipBz2":true,"SkipContents":false,`+unsigned+`}`).
			has(200, `{"AcquireByHash":true,"Label":"ours","Origin":"us","Version":"12.1","SkipContents":false}`)
		if !h.isThere(suite+"main/binary-amd64/by-hash/SHA256") || !h.isThere(suite+"main/Contents-amd64.gz") || strings.Contains(h.file(suite+"Release"), "bz2") {
			h.TB.Error("the options have no effect")
		}
		h.delete("/api/publish/filesystem:www:debian_tools/bookworm").is(200, `{}`)
		h.delete("/api/publish/filesystem:www:debian_tools/bookworm").fails(404, "published repo with storage:prefix/distribution filesystem:www:debian/tools/bookworm not found")
		h.get("/api/publish").is(200, `[]`)
	})
}

func TestBadPublications(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.stock("tools", deb(h, "hello", "1", "amd64"))
		h.stock("empty")
		h.stock("alls", deb(h, "doc", "1", "all"))
		for body, want := range map[string]struct {
			status int
			says   string
		}{
			`{}`:                                  {400, "'required' tag"},
			`{"SourceKind":"local","Sources":[]}`: {400, ""},
			`{"SourceKind":"other","Sources":[{"Name":"tools"}]}`:                                                 {400, "unknown SourceKind"},
			`{"SourceKind":"local","Sources":[{"Name":"none"}]}`:                                                  {404, "none"},
			`{"SourceKind":"snapshot","Sources":[{"Name":"none"}]}`:                                               {404, "none"},
			`{"SourceKind":"local","Sources":[{"Name":"empty"}],"Distribution":"d"}`:                              {500, "unable to figure out list of architectures"},
			`{"SourceKind":"local","Sources":[{"Name":"alls"}],"Distribution":"d"}`:                               {500, "unable to figure out list of architectures"},
			`{"SourceKind":"local","Sources":[{"Name":"tools","Component":"c"},{"Name":"alls","Component":"c"}]}`: {400, "duplicate component name: c"},
			`{"SourceKind":"local","Sources":[{"Name":"tools"}],"Distribution":"../d"}`:                           {400, "distribution"},
		} {
			h.post("/api/publish", body).fails(want.status, want.says)
		}
		const good = `{"SourceKind":"local","Sources":[{"Name":"tools"}],` + unsigned + `}`
		for place, says := range map[string]string{"s3:bucket:x": "s3:bucket", "swift:c:": "swift:c", "filesystem:none:x": "none", "a_pool_b": "invalid prefix", "dists": "invalid prefix"} {
			if r := h.post("/api/publish/"+place, good); r.status/100 != 4 || !strings.Contains(r.body, says) {
				h.TB.Errorf("publishing at %s answers %d %s", place, r.status, r.body)
			}
		}
		h.get("/api/publish/:./none").fails(404, "unable to show: published repo with storage:prefix/distribution ./none not found")
		h.get("/api/publish/s3:x:/none").fails(404, "not found")
		h.put("/api/publish/:./none", `{}`).fails(404, "not found")
		h.post("/api/publish/:./none/update", `{}`).fails(404, "not found")
		h.delete("/api/publish/:./none/sources").fails(404, "not found")
		h.delete("/api/publish/:./none").fails(404, "not found")
		h.get("/api/publish").is(200, `[]`)
	})
}

func TestSwitchingSnapshots(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		for i, version := range []string{"1", "2"} {
			h.stock("r"+version, deb(h, "hello", version, "amd64"))
			h.post("/api/repos/r"+version+"/snapshots", `{"Name":"s`+version+`"}`).ok()
			_ = i
		}
		h.stock("extra", deb(h, "extra", "1", "amd64"))
		h.post("/api/repos/extra/snapshots", `{"Name":"extra"}`).ok()
		h.post("/api/publish/:.", `{"SourceKind":"snapshot","Sources":[{"Component":"main","Name":"s1"}],"Distribution":"stable","Architectures":["i386","amd64"],`+unsigned+`}`).
			has(201, `{"Prefix":".","Storage":"","Path":"./stable","SourceKind":"snapshot","Sources":[{"Component":"main","Name":"s1"}],"Architectures":["amd64","i386"]}`)
		h.put("/api/publish/:./stable", `{"Snapshots":[{"Component":"main","Name":"s2"},{"Component":"more","Name":"extra"}],`+unsigned+`}`).
			has(200, `{"Sources":[{"Component":"main","Name":"s2"},{"Component":"more","Name":"extra"}]}`)
		h.put("/api/publish/:./stable", `{"Snapshots":[{"Component":"main","Name":"none"}],`+unsigned+`}`).fails(404, "none")
		h.put("/api/publish//stable/", `{`+unsigned+`}`).has(200, `{"Sources":[{"Component":"main","Name":"s2"},{"Component":"more","Name":"extra"}]}`)
		if r := h.get("/repos/-/dists/stable/main/binary-amd64/Packages").ok(); !strings.Contains(r.body, "Version: 2\n") {
			h.TB.Errorf("the index is %s", r.body)
		}
		h.get("/repos/-/dists/stable/main/binary-i386/Packages").is(200, "")

		// Staged sources.
		const place = "/api/publish/:./stable/sources"
		h.get(place).fails(404, "unable to show: No source changes exist")
		h.post(place, `{"Component":"third","Name":"s1"}`).is(201, `{}`)
		h.post(place, `{"Component":"third","Name":"s1"}`).fails(400, "third")
		h.post(place, `{"Component":"fourth"}`).fails(400, "Name")
		h.get(place).is(200, `[{"Component":"main","Name":"s2"},{"Component":"more","Name":"extra"},{"Component":"third","Name":"s1"}]`)
		h.put(place+"/third", `{"Component":"last","Name":"s2"}`).is(200, `{}`)
		h.put(place+"/none", `{"Name":"s2"}`).fails(404, "none")
		h.delete(place+"/more").is(200, `{}`)
		h.delete(place+"/more").fails(404, "more")
		h.get("/api/publish/:./stable").has(200, `{"Sources":[{"Component":"main","Name":"s2"},{"Component":"more","Name":"extra"}]}`)
		h.post("/api/publish/:./stable/update", `{`+unsigned+`}`).has(200, `{"Sources":[{"Component":"last","Name":"s2"},{"Component":"main","Name":"s2"}]}`)
		h.get(place).fails(404, "No source changes exist")
		h.put(place, `[{"Component":"main","Name":"s1"}]`).is(200, `[{"Component":"main","Name":"s1"}]`)
		h.delete(place).is(200, `{}`)
		h.get(place).fails(404, "No source changes exist")
		h.put(place, `[{"Component":"only"}]`).fails(400, "Name")
		h.put(place, `[{"Component":"only","Name":"none"}]`).fails(404, "none")
		h.put(place, `[{"Component":"only","Name":"extra"}]`).ok()
		h.put("/api/publish/:./stable", `{`+unsigned+`}`).has(200, `{"Sources":[{"Component":"only","Name":"extra"}]}`)
		h.delete("/api/publish//stable").is(200, `{}`)
	})
}

func TestOneFileNameTwoContents(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.stock("a", apptest.Deb(h.TB, "hello", "1", "amd64", "a"))
		h.stock("b", apptest.Deb(h.TB, "hello", "1", "amd64", "b"))
		publish := func(repo, more string) reply {
			return h.post("/api/publish/filesystem:www:p", `{"SourceKind":"local","Sources":[{"Name":"`+repo+`"}],"Distribution":"`+repo+`",`+more+unsigned+`}`)
		}
		publish("a", "").ok()
		publish("b", "").fails(500, "file already exists and is different")
		h.get("/api/publish/filesystem:www:p/b").fails(404, "not found")
		publish("b", `"MultiDist":true,`).has(201, `{"MultiDist":true}`)
		if !h.isThere("p/pool/b/main/h/hello/hello_1_amd64.deb") {
			h.TB.Error("with MultiDist a distribution has a pool of its own")
		}
		h.delete("/api/publish/filesystem:www:p/b").ok()
		publish("b", `"ForceOverwrite":true,`).ok()
	})
}

func TestServedFilesystemEndpoints(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.stock("tools", deb(h, "hello", "1", "amd64"))
		h.post("/api/publish/filesystem:www:p", `{"SourceKind":"local","Sources":[{"Name":"tools"}],`+unsigned+`}`).ok()
		if r := h.get("/repos/").ok(); !strings.Contains(r.body, `<a href="-/">default</a>`) || !strings.Contains(r.body, `<a href="filesystem:www/">`) {
			h.TB.Errorf("the storages are %s", r.body)
		}
		r := h.get("/repos/filesystem:www/p/pool/main/h/hello/hello_1_amd64.deb").ok()
		if r.body != string(deb(h, "hello", "1", "amd64").Data) || r.header.Get("Content-Type") != "application/vnd.debian.binary-package" {
			h.TB.Errorf("the package is served as %q", r.header.Get("Content-Type"))
		}
		for _, path := range []string{"/repos/filesystem:none/", "/repos/s3:x/y", "/repos/filesystem:www/../../etc/passwd", "/repos/filesystem:www/.hidden"} {
			if r := h.get(path); r.status != 404 && r.status != 301 {
				h.TB.Errorf("%s answers %d", path, r.status)
			}
		}
	})
}
