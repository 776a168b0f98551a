package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/server"
)

// configuration is that of a server on a fresh data folder.
func configuration(t *testing.T) server.Config {
	t.Helper()
	c := server.Defaults()
	c.Data = filepath.Join(t.TempDir(), "data")
	c.Listen = "127.0.0.1:0"
	return c
}

func open(t *testing.T, c server.Config) *server.Server {
	t.Helper()
	s, err := server.Open(t.Context(), c, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// running is a server that serves.
type running struct {
	url  string
	data string
	stop func() error // ends the server and returns the error of Serve; may be called once
}

func run(t *testing.T, c server.Config) running {
	t.Helper()
	s := open(t, c)
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, listener) }()
	r := running{url: "http://" + listener.Addr().String(), data: c.Data, stop: func() error { cancel(); return <-served }}
	t.Cleanup(cancel)
	if got := r.get(t, "/readyz"); got.status != 200 { // also: it serves now
		t.Fatalf("%+v", got)
	}
	return r
}

type reply struct {
	status int
	kind   string
	body   string
}

func (r running) get(t *testing.T, path string, headers ...string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header.Get("Content-Type"), string(body)}
}

func TestEveryURLHasItsOwner(t *testing.T) {
	t.Parallel()
	c := configuration(t)
	c.AccessLog = true
	r := run(t, c)
	for _, want := range []struct {
		path   string
		status int
		kind   string
		says   string
	}{
		{"/", 200, "text/html", `<a href="/archive/">`},
		{"/docs", 200, "text/html", "<code>/v1/mirrors/{name}/sync</code>"},
		{"/openapi.json", 200, "application/openapi+json", `"openapi":"3.1.0"`},
		{"/v1/mirrors", 401, "application/problem+json", "token"},
		{"/v1/none", 401, "application/problem+json", "token"},
		{"/api/?action=GetGPGKeys&version=2011-08-01", 401, "application/json", `"error":"AuthFailure"`},
		{"/api?action=GetGPGKeys&version=2011-08-01", 401, "application/json", `"error":"AuthFailure"`},
		{"/api/login", 405, "application/json", `"error":"MethodNotAllowed"`},
		{"/api/v2/login/access-key", 405, "application/json", `"error":"MethodNotAllowed"`},
		{"/api/repos", 401, "application/json", "token"},
		{"/api/login/x", 404, "text/plain", "404 page not found"},
		{"/healthz", 200, "text/plain", "ok"},
		{"/readyz", 200, "text/plain", "ready"},
		{"/archive/none/dists/stable/InRelease", 404, "", ""},
		{"/repository/none/dists/stable/InRelease", 404, "", ""},
		{"/none", 404, "", ""},
	} {
		got := r.get(t, want.path)
		if got.status != want.status || !strings.HasPrefix(got.kind, want.kind) || !strings.Contains(got.body, want.says) {
			t.Errorf("%s: %+v", want.path, got)
		}
	}
	token, err := access.ReadAdminToken(r.data)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.get(t, "/v1/mirrors", "Authorization", "Bearer "+token); got.status != 200 {
		t.Errorf("with the administrator's token: %+v", got)
	}
}

func TestAServerIsFoundWhileItServes(t *testing.T) {
	t.Parallel()
	c := configuration(t)
	r := run(t, c)
	got, err := server.Find(c.Data)
	if err != nil || got.URL != r.url || got.PID != os.Getpid() {
		t.Errorf("found %+v, %v; want %s", got, err, r.url)
	}
	if info, err := os.Stat(filepath.Join(c.Data, "server.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("server.json: %v %v", info.Mode(), err)
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if _, err := server.Find(c.Data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestStoppingEndsWhatWaitsAndLetsTheRestFinish(t *testing.T) {
	t.Parallel()
	c := configuration(t)
	r := run(t, c)
	token, err := access.ReadAdminToken(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	events, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	started := time.Now()
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadAll(events.Body); err != nil {
		t.Errorf("the stream of events was torn: %v", err)
	}
	if d := time.Since(started); d > 5*time.Second {
		t.Errorf("stopping took %v", d)
	}
	if _, err := http.Get(r.url + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}

func TestADataFolderHasOneOwner(t *testing.T) {
	t.Parallel()
	c := configuration(t)
	first := open(t, c)
	_, err := server.Open(t.Context(), c, slog.New(slog.DiscardHandler))
	if !errors.Is(err, server.ErrInUse) || !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "process "+strconv.Itoa(os.Getpid())) {
		t.Errorf("a second one: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, c)
}

func TestTheFolderIsPrivate(t *testing.T) {
	t.Parallel()
	c := configuration(t)
	open(t, c)
	for name, want := range map[string]fs.FileMode{".": 0o700, "admin.token": 0o600, "secret.key": 0o600, "lock": 0o600} {
		info, err := os.Stat(filepath.Join(c.Data, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestTheTraceOfAKilledServerIsCleared(t *testing.T) {
	t.Parallel()
	c := configuration(t)
	if err := os.Mkdir(c.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.Data, "server.json"), []byte(`{"url":"http://127.0.0.1:1","pid":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, c)
	if got, err := server.Find(c.Data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found %+v, %v", got, err)
	}
}

func TestAFolderThatCannotBeMadeIsTold(t *testing.T) {
	t.Parallel()
	c := configuration(t)
	c.Data = filepath.Join(os.DevNull, "data")
	_, err := server.Open(t.Context(), c, slog.New(slog.DiscardHandler))
	if p, ok := errors.AsType[*problem.Problem](err); !ok || p.Field != "data" || p.Hint == "" {
		t.Errorf("%v", err)
	}
}

// manager is a service manager that listens for notifications.
func manager(t *testing.T) (path string, next func() string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return path, func() string {
		t.Helper()
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		buffer := make([]byte, 100)
		n, err := conn.Read(buffer)
		if err != nil {
			return fmt.Sprint(err)
		}
		return string(buffer[:n])
	}
}

func TestTheServiceManagerHearsOfTheServer(t *testing.T) { // not parallel: it sets the environment
	path, next := manager(t)
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "20000")
	r := run(t, configuration(t))
	if got := next(); got != "READY=1" {
		t.Errorf("first: %s", got)
	}
	if got := next(); got != "WATCHDOG=1" {
		t.Errorf("then: %s", got)
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	got := next()
	for got == "WATCHDOG=1" {
		got = next()
	}
	if got != "STOPPING=1" {
		t.Errorf("at last: %s", got)
	}
}
