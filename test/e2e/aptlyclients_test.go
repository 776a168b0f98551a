package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/server"
	"github.com/aptarium/aptarium/internal/testkit"
)

// pythonClient uses every method of aptly-api-client, the Python client that Debian has.
const pythonClient = `
import sys
from aptly_api import Client, AptlyAPIException

url, folder = sys.argv[1], sys.argv[2]
c = Client(url)
def same(got, want):
    assert got == want, "got %r, want %r" % (got, want)

assert c.misc.version()
same(c.files.upload("in", folder + "/hello_1_amd64.deb", folder + "/world_1_all.deb"), ["in/hello_1_amd64.deb", "in/world_1_all.deb"])
same(sorted(c.files.list()), ["in"])
same(sorted(c.files.list("in")), ["hello_1_amd64.deb", "world_1_all.deb"])

same(c.repos.create("tools", comment="of the team", default_distribution="stable", default_component="main").name, "tools")
same(c.repos.edit("tools", comment="ours").comment, "ours")
same([r.name for r in c.repos.list()], ["tools"])
report = c.repos.add_uploaded_file("tools", "in", remove_processed_files=False)
same((sorted(report.report["Added"]), report.failed_files), (["hello_1_amd64 added", "world_1_all added"], []))
keys = sorted(p.key for p in c.repos.search_packages("tools"))
same(len(keys), 2)
found = c.repos.search_packages("tools", query="hello", with_deps=True, detailed=True)
same(sorted(p.fields["Package"] for p in found), ["hello", "world"])
same(c.packages.show(found[0].key).short_key, found[0].short_key)

c.snapshots.create_from_repo("tools", "one", description="the first")
c.repos.delete_packages_by_key("tools", *[k for k in keys if "world" in k])
same(len(c.repos.search_packages("tools")), 1)
c.snapshots.create_from_repo("tools", "two")
c.repos.add_packages_by_key("tools", *keys)
same(len(c.repos.search_packages("tools")), 2)
c.snapshots.create_from_packages("three", source_snapshots=["two"], package_refs=keys)
same([s.name for s in c.snapshots.list("name")], ["one", "three", "two"])
same(c.snapshots.update("three", newname="four", newdescription="renamed").description, "renamed")
same(len(c.snapshots.list_packages("four", detailed=True)), 2)
difference = c.snapshots.diff("one", "two")
same([(d["Left"].split()[1], d["Right"]) for d in difference], [("world", None)])

p = c.publish.publish(source_kind="snapshot", sources=[{"Name": "one"}], architectures=["amd64"], prefix="team/x", distribution="stable",
                      label="Tools", origin="Team", acquire_by_hash=True, sign_batch=True)
same((p.prefix, p.distribution, p.label, p.origin, p.acquire_by_hash), ("team/x", "stable", "Tools", "Team", True))
p = c.publish.update(prefix="team/x", distribution="stable", snapshots=[{"Name": "two", "Component": "main"}], sign_batch=True)
same([s["Name"] for s in p.sources], ["two"])
same([e.prefix for e in c.publish.list()], ["team/x"])
for wrong, status in ((lambda: c.repos.show("none"), 404), (lambda: c.repos.create("tools"), 409), (lambda: c.snapshots.delete("two"), 409),
                      (lambda: c.repos.search_packages("tools", query="hello ("), 400)):
    try:
        wrong()
    except AptlyAPIException as e:
        same(e.status_code, status)
    else:
        raise AssertionError("no error")
c.publish.drop(prefix="team/x", distribution="stable", force_delete=True)
c.snapshots.delete("four"); c.snapshots.delete("two"); c.snapshots.delete("one", force=True)
c.repos.delete("tools", force=True)
c.files.delete("in")
same((c.files.list(), c.repos.list(), c.snapshots.list(), c.publish.list()), ([], [], [], []))
`

// aptlyClient starts a server with a default key and some uploads for a client.
func aptlyClient(t *testing.T) (a *aptarium, url, folder string) {
	t.Helper()
	a = startWith(t, tempData(t), func(c *server.Config) { c.TrustLoopback = true })
	folder = t.TempDir()
	for _, p := range []testkit.Package{
		{Name: "hello", Version: "1", Architecture: "amd64", Depends: "world"}, {Name: "world", Version: "1", Architecture: "all"},
		{Name: "hello", Version: "2", Architecture: "amd64"},
	} {
		data, err := p.Deb()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, p.FileName()), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return a, strings.TrimSuffix(a.url, "/archive"), folder
}

func runs(t *testing.T, needs, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v (Debian package %s)\n%s", name, strings.Join(args[min(1, len(args)):], " "), err, needs, out)
	}
	return string(out)
}

// TestThePythonClientOfAptly: what Debian has as python3-aptly-api-client works
// against our server as it is.
func TestThePythonClientOfAptly(t *testing.T) {
	t.Parallel()
	_, url, folder := aptlyClient(t)
	runs(t, "python3-aptly-api-client", "/usr/bin/python3", "-c", pythonClient, url, folder)
}

// TestAptlyPublisher: aptly-publisher publishes repos by a configuration of its own,
// promotes what was tested, keeps and brings back what was, and cleans up by reading
// the graph.
func TestAptlyPublisher(t *testing.T) {
	t.Parallel()
	a, url, folder := aptlyClient(t)
	must(a.Repos.Create(a.ctx, repos.NewRepo{Name: "tools"}))
	add := func(name string) {
		t.Helper()
		runs(t, "curl", "curl", "--silent", "--fail", "-F", "file=@"+filepath.Join(folder, name), url+"/api/files/in")
		runs(t, "curl", "curl", "--silent", "--fail", "-X", "POST", url+"/api/repos/tools/file/in?forceReplace=1")
	}
	config := filepath.Join(folder, "publisher.yaml")
	text := "repo:\n  tools:\n    component: main\n    distributions: [nightly/jessie]\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	publisher := func(args ...string) string {
		return runs(t, "aptly-publisher", "aptly-publisher", append([]string{"--url", url, "-v"}, args...)...)
	}
	packages := func(prefix string) int {
		t.Helper()
		p, err := a.Publications.Get(a.ctx, prefix, "jessie")
		if err != nil {
			t.Fatal(err)
		}
		return p.Packages
	}
	for i, name := range []string{"hello_1_amd64.deb", "world_1_all.deb"} {
		add(name)
		runs(t, "curl", "curl", "--silent", "--fail", "-H", "Content-Type: application/json", "--data", `{"Name":"tools-`+string(rune('1'+i))+`"}`, url+"/api/repos/tools/snapshots")
		publisher("publish", "-c", config, "--architectures", "amd64")
		if n := packages("nightly"); n != i+1 {
			t.Errorf("after publish %d there are %d packages", i+1, n)
		}
	}
	publisher("promote", "--source", "nightly/jessie", "--target", "testing/jessie", "--architectures", "amd64")
	if n := packages("testing"); n != 2 {
		t.Errorf("after the promotion there are %d packages", n)
	}
	dumps := t.TempDir()
	publisher("dump", "-s", dumps, "-p", "all") // of publishes that are equal, one
	if files, err := filepath.Glob(dumps + "/*jessie.yml"); err != nil || len(files) != 1 {
		t.Errorf("dumped are %v, %v", files, err)
	}
	publisher("cleanup")
	list, err := a.Collections.Snapshots(a.ctx, usecase.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list.Items {
		if s.Name == "tools-1" {
			t.Errorf("the cleanup left %s", s.Name)
		}
	}
}
