package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// server is a running `aptarium serve`.
type server struct {
	url     string
	token   string
	process *exec.Cmd
}

// startServer serves the program's data folder on a free port.
func startServer(ctx context.Context, p *aptarium) (*server, error) { return startServerWith(ctx, p) }

// startServerWith is startServer with further flags.
func startServerWith(ctx context.Context, p *aptarium, flags ...string) (*server, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return nil, err
	}
	s := &server{url: "http://" + address, process: grouped(ctx, p.env(), p.call(append([]string{"serve", "--listen", address, "--log-level", "error"}, flags...)...))}
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	if err := answers(ctx, s.url+"/readyz"); err != nil {
		s.stop()
		return nil, err
	}
	token, err := os.ReadFile(filepath.Join(p.dir, "data", "admin.token"))
	if err != nil {
		s.stop()
		return nil, err
	}
	s.token = strings.TrimSpace(string(token))
	return s, nil
}

// stop ends the server and waits for that.
func (s *server) stop() {
	_ = s.process.Process.Signal(syscall.SIGTERM) // it may have ended
	_ = s.process.Wait()                          // by our signal
}

// answers waits until a server does.
func answers(ctx context.Context, url string) error {
	for range 400 {
		if r, err := http.Get(url); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
	}
	return fmt.Errorf("nobody answers at %s", url)
}

// peak is the most memory that the server had until now.
func (s *server) peak() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("the system does not report the server's peak memory")
}

// served is how long publishes after one added package took within a server.
type served struct {
	Activity []time.Duration `json:"activity_ns"` // from the start of the work to its end, as the server reports
	Publish  []time.Duration `json:"publish_ns"`  // from the client's request until it knows that the work is done
	Both     []time.Duration `json:"both_ns"`     // the same with the upload before it
	Peak     int64           `json:"peak_bytes"`  // the server's
}

// serve measures updates over HTTP: upload one package, publish, wait.
func (t *stage) serve(ctx context.Context, p *aptarium, updates int) (m served, err error) {
	s, err := startServer(ctx, p)
	if err != nil {
		return m, err
	}
	defer s.stop()
	c, err := client.New(client.Options{URL: s.url, Token: s.token})
	if err != nil {
		return m, err
	}
	for i := range updates {
		path, err := t.archive.addition("served", i, updates)
		if err != nil {
			return m, err
		}
		began := time.Now()
		if err := upload(ctx, c, path); err != nil {
			return m, err
		}
		uploaded := time.Now()
		a, err := publish(ctx, c, p.suite)
		if err != nil {
			return m, err
		}
		m.Activity = append(m.Activity, a.FinishedAt.Sub(a.StartedAt))
		m.Publish = append(m.Publish, time.Since(uploaded))
		m.Both = append(m.Both, time.Since(began))
		t.added[p.name()]++
	}
	m.Peak, err = s.peak()
	t.say("%7d packages: %d updates within a server, %8.3f s in the middle", t.archive.Packages, updates, percentile(m.Activity, 50).Seconds())
	return m, err
}

// upload adds a package to the repo.
func upload(ctx context.Context, c *client.Client, path string) error {
	file := client.File{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }}
	one := func(yield func(client.File) bool) { yield(file) }
	_, err := c.AddPackages(ctx, routes.AddPackagesInput{Named: routes.Named{Name: repoName}}, one)
	return err
}

// publish makes a release and waits for it.
func publish(ctx context.Context, c *client.Client, suite string) (usecase.Activity, error) {
	a, err := client.Call(ctx, c, routes.Publish, routes.SendToPlace[*routes.PublishRequest](prefix, suite, nil))
	if err != nil {
		return a, err
	}
	a, err = c.Follow(ctx, a.ID, func(usecase.Activity) {})
	if err == nil && a.Status != "done" {
		err = fmt.Errorf("the publish ended as %s: %v", a.Status, a.Error)
	}
	return a, err
}
