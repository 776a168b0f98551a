package query_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/testkit"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write aptly's answers to the golden files")

// TestAptlyAnswersTheSame asks aptly's server the queries of the golden files,
// on a repository of the same packages.
func TestAptlyAnswersTheSame(t *testing.T) {
	t.Parallel()
	aptly := startAptly(t, world(t))
	for _, file := range []string{goldenQueries, goldenErrors} {
		want := readGolden(t, file)
		got := make([]answer, len(want))
		for i, golden := range want {
			got[i] = answer{golden.query, aptly.ask(t, golden.query)}
		}
		if *update {
			writeGolden(t, file, got)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{})); diff != "" {
			t.Errorf("%s (-golden +aptly):\n%s", file, diff)
		}
	}
}

func writeGolden(t *testing.T, file string, answers []answer) {
	var text bytes.Buffer
	for _, a := range answers {
		fmt.Fprintln(&text, strings.Join(append([]string{a.query}, a.lines...), "\n\t"))
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// aptlyServer is a running aptly with the packages in a repository.
type aptlyServer struct{ client http.Client }

// startAptly creates the repository and serves it on a socket until the test
// ends.
func startAptly(t *testing.T, packages []*pkg) *aptlyServer {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "aptly.conf")
	text := fmt.Sprintf(`{"rootDir": %q, "architectures": []}`, filepath.Join(dir, "root"))
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	incoming := filepath.Join(dir, "incoming")
	writeFiles(t, packages, incoming)
	for _, arguments := range [][]string{{"repo", "create", "world"}, {"repo", "add", "world", incoming}} {
		out, err := exec.CommandContext(t.Context(), "aptly", append([]string{"-config=" + config}, arguments...)...).CombinedOutput()
		if err != nil || bytes.Contains(out, []byte("[!]")) {
			t.Fatalf("aptly (install the Debian package aptly): %v\n%s", err, out)
		}
	}
	socket := filepath.Join(dir, "socket")
	serve(t, exec.CommandContext(t.Context(), "aptly", "-config="+config, "api", "serve", "-listen=unix://"+socket))
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return dialWhenThere(ctx, socket) }
	return &aptlyServer{http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// serve starts a server, which ends with the test, and waits for its first message.
func serve(t *testing.T, server *exec.Cmd) {
	t.Helper()
	said, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	server.Stderr = server.Stdout
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Starting web server") {
			go func() { // so that it does not wait for a reader
				for lines.Scan() {
				}
			}()
			return
		}
	}
	t.Fatal("aptly api serve ended")
}

// dialWhenThere connects to a socket as soon as the server has created it.
func dialWhenThere(ctx context.Context, socket string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		connection, err := new(net.Dialer).DialContext(ctx, "unix", socket)
		if err == nil {
			return connection, nil
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// ask returns the names of the found packages, sorted, or the error of the query.
func (a *aptlyServer) ask(t *testing.T, q string) (lines []string) {
	t.Helper()
	address := "http://aptly/api/repos/world/packages?q=" + url.QueryEscape(q)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := a.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	decoder := json.NewDecoder(response.Body)
	if response.StatusCode != http.StatusOK {
		var failure struct{ Error string }
		if err := decoder.Decode(&failure); err != nil || response.StatusCode != http.StatusBadRequest {
			t.Fatalf("%s: %s, %v", q, response.Status, err)
		}
		return []string{failure.Error}
	}
	var keys []string
	if err := decoder.Decode(&keys); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	for _, key := range keys { // Pamd64 nginx 1.22.1-9 78b1c1f1a0ba6a4d
		parts := strings.Fields(key)
		lines = append(lines, parts[1]+"_"+parts[2]+"_"+strings.TrimPrefix(parts[0], "P"))
	}
	return sorted(lines)
}

// writeFiles writes the packages as files for aptly.
func writeFiles(t *testing.T, packages []*pkg, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, p := range packages {
		files := map[string][]byte{}
		var err error
		if p.typ == "source" {
			source := testkit.Source{Name: p.name, Version: p.version, Architecture: p.Field("Architecture")}
			files, err = source.SourceFiles(t.Context())
		} else {
			var file bytes.Buffer
			err = debfile.Write(&file, p.stanza.Raw(), nil, debfile.WriteOptions{})
			files[fmt.Sprintf("%s_%d.%s", p.name, i, p.typ)] = file.Bytes()
		}
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range files {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
