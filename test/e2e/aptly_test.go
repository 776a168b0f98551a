package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/server"
	"github.com/aptarium/aptarium/internal/testkit"
)

// curl runs a line as it stands in aptly's documentation, except the address of
// the server.
func (a *aptarium) curl(t *testing.T, line string) string {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("curl is not installed: apt-get install curl")
	}
	line = strings.ReplaceAll(line, "http://localhost:8080", strings.TrimSuffix(a.url, "/archive"))
	out, err := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(line, "curl ", "curl --silent --show-error ", 1)).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// shaped wants an answer to have at least the members of another, with the same
// values.
func shaped(t *testing.T, line, got, want string) {
	t.Helper()
	var has, wanted any
	if err := json.Unmarshal([]byte(got), &has); err != nil {
		t.Fatalf("%s\nanswers %s", line, got)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, only(has, wanted)); diff != "" {
		t.Errorf("%s\nanswers %s, that is (-want +got):\n%s", line, got, diff)
	}
}

// only leaves out of a value what the other does not have.
func only(has, wanted any) any {
	switch w := wanted.(type) {
	case map[string]any:
		h, is := has.(map[string]any)
		if !is {
			return has
		}
		left := map[string]any{}
		for name := range w {
			if value, there := h[name]; there {
				left[name] = only(value, w[name])
			}
		}
		return left
	case []any:
		h, is := has.([]any)
		if !is || len(h) != len(w) {
			return has
		}
		left := make([]any, len(h))
		for i := range h {
			left[i] = only(h[i], w[i])
		}
		return left
	}
	return has
}

// TestTheExamplesOfAptlysDocumentation runs each call that aptly's page about
// publishing shows, with the names that it shows.
func TestTheExamplesOfAptlysDocumentation(t *testing.T) {
	t.Parallel()
	a := startWith(t, tempData(t), func(c *server.Config) { c.TrustLoopback = true })
	for _, name := range []string{"local-repo", "0XktRe6qMFp4b8C", "EqmoTZiVx8MGN65", "2y21K6aKBE5UJBQ", "other"} {
		must(a.Repos.Create(a.ctx, repos.NewRepo{Name: name}))
	}
	for _, x := range []struct{ line, answer string }{
		{`curl http://localhost:8080/api/publish`, `[]`},
		{`curl -X POST -H 'Content-Type: application/json' --data '{"SourceKind": "local", "Sources": [{"Name": "local-repo"}], "Architectures": ["i386", "amd64"], "Distribution": "wheezy"}' http://localhost:8080/api/publish/:.`,
			`{"AcquireByHash":false,"Architectures":["amd64","i386"],"Distribution":"wheezy","Label":"","Origin":"","Prefix":".","SourceKind":"local","Sources":[{"Component":"main","Name":"local-repo"}],"Storage":""}`},
		{`curl -X POST -H 'Content-Type: application/json' --data '{"SourceKind": "local", "Sources": [{"Name": "0XktRe6qMFp4b8C", "Component": "contrib"}, {"Name": "EqmoTZiVx8MGN65", "Component": "non-free"}], "Architectures": ["i386", "amd64"], "Distribution": "wheezy"}' http://localhost:8080/api/publish/debian_testing/`,
			`{"AcquireByHash":false,"Architectures":["amd64","i386"],"Distribution":"wheezy","Label":"","Origin":"","Prefix":"debian/testing","SourceKind":"local","Sources":[{"Component":"contrib","Name":"0XktRe6qMFp4b8C"},{"Component":"non-free","Name":"EqmoTZiVx8MGN65"}],"Storage":""}`},
		{`curl http://localhost:8080/api/publish`,
			`[{"Distribution":"wheezy","Prefix":"."},{"Distribution":"wheezy","Prefix":"debian/testing"}]`},
		{`curl -X DELETE http://localhost:8080/api/publish//wheezy`, `{}`},
		// The example of an update is of a published snapshot.
		{`curl -X POST -H 'Content-Type: application/json' --data '{"Name": "2y21K6aKBE5UJBQ"}' http://localhost:8080/api/repos/2y21K6aKBE5UJBQ/snapshots`, `{"Name":"2y21K6aKBE5UJBQ"}`},
		{`curl -X POST -H 'Content-Type: application/json' --data '{"Name": "8KNOnIC7q900L5v"}' http://localhost:8080/api/repos/other/snapshots`, `{"Name":"8KNOnIC7q900L5v"}`},
		{`curl -X POST -H 'Content-Type: application/json' --data '{"SourceKind": "snapshot", "Sources": [{"Name": "2y21K6aKBE5UJBQ"}], "Architectures": ["i386", "amd64"], "Distribution": "wheezy"}' http://localhost:8080/api/publish/:.`,
			`{"Sources":[{"Component":"main","Name":"2y21K6aKBE5UJBQ"}]}`},
		{`curl -X PUT -H 'Content-Type: application/json' --data '{"Snapshots": [{"Component": "main", "Name": "8KNOnIC7q900L5v"}]}' http://localhost:8080/api/publish/:./wheezy`,
			`{"AcquireByHash":false,"Architectures":["amd64","i386"],"Distribution":"wheezy","Label":"","Origin":"","Prefix":".","SourceKind":"snapshot","Sources":[{"Component":"main","Name":"8KNOnIC7q900L5v"}],"Storage":""}`},
	} {
		shaped(t, x.line, a.curl(t, x.line), x.answer)
	}
}

// TestTakingThePlaceOfAptly: with aptly's configuration, the server works on aptly's
// folders as scripts on the host know them, and aptly's own web server shows what it
// publishes.
func TestTakingThePlaceOfAptly(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	config := filepath.Join(root, "aptly.conf")
	www := filepath.Join(root, "www")
	text := `{
  // as Debian's aptly writes it
  "rootDir": "` + root + `/aptly",
  "architectures": ["amd64"],
  "gpgDisableSign": false,
  "skipContentsPublishing": true,
  "FileSystemPublishEndpoints": {"www": {"rootDir": "` + www + `", "linkMethod": "copy"}},
  "S3PublishEndpoints": {"bucket": {"region": "us-east-1", "bucket": "b"}}
}`
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	a := startWith(t, filepath.Join(root, "data"), func(c *server.Config) { c.TrustLoopback, c.AptlyConfig = true, config })
	// A script that puts files into the folder of uploads by itself.
	deb, err := testkit.Package{Name: "hello", Version: "1", Architecture: "amd64"}.Deb()
	if err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(root, "aptly", "upload", "incoming")
	if err := errors.Join(os.MkdirAll(in, 0o755), os.WriteFile(filepath.Join(in, "hello_1_amd64.deb"), deb, 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ line, answer string }{
		{`curl -X POST -H 'Content-Type: application/json' --data '{"Name": "local"}' http://localhost:8080/api/repos`, `{"Name":"local"}`},
		{`curl -X POST http://localhost:8080/api/repos/local/file/incoming`, `{"Report":{"Added":["hello_1_amd64 added"]},"FailedFiles":[]}`},
		{`curl -X POST -H 'Content-Type: application/json' --data '{"SourceKind": "local", "Sources": [{"Name": "local"}], "Distribution": "stable"}' http://localhost:8080/api/publish/debian`,
			`{"Storage":"","Prefix":"debian","Architectures":["amd64"]}`},
		{`curl -X POST -H 'Content-Type: application/json' --data '{"SourceKind": "local", "Sources": [{"Name": "local"}], "Distribution": "stable"}' http://localhost:8080/api/publish/filesystem:www:`,
			`{"Storage":"filesystem:www","Prefix":"."}`},
		{`curl -X POST -H 'Content-Type: application/json' --data '{"SourceKind": "local", "Sources": [{"Name": "local"}], "Distribution": "x"}' http://localhost:8080/api/publish/s3:bucket:`,
			`{"error":"published storage s3:bucket not configured: this server publishes to filesystem endpoints and serves by itself"}`},
	} {
		shaped(t, x.line, a.curl(t, x.line), x.answer)
	}
	for _, tree := range []string{filepath.Join(root, "aptly", "public", "debian"), www} {
		files := testkit.NewUpstream(tree)
		defer files.Close()
		show, err := a.Publications.Get(a.ctx, "aptly-public:debian", "stable")
		if err != nil {
			t.Fatal(err)
		}
		sources := regexp.MustCompile(`(?m)^URIs: .*$`).ReplaceAllString(show.SourcesFile, "URIs: "+files.URL())
		apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Architecture: "amd64", Sources: sources})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := apt.Update(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := apt.CountPackages(t.Context()); err != nil || n != 1 {
			t.Errorf("apt sees %d packages below %s, %v", n, tree, err)
		}
	}
	var uploads any
	if err := json.Unmarshal([]byte(a.curl(t, `curl http://localhost:8080/api/files`)), &uploads); err != nil || len(uploads.([]any)) != 0 {
		t.Errorf("after the import the uploads are %v, %v", uploads, err)
	}
}
