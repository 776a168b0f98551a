package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// rowAPI measures calls of aptly's REST API, to aptly's own server and to ours. It
// is asked for by name: no budget stands on it.
const rowAPI = "api"

// apiServer is a server that speaks aptly's API.
type apiServer struct {
	name string
	url  string
	repo string // has all packages of the archive
	stop func()
}

// apiCall is a call that is measured. Each server gets it as often as there are
// runs; n counts them.
type apiCall struct {
	title string
	do    func(ctx context.Context, s *apiServer, n int) error
	// cli is how the aptly of Debian, whose server lacks the call, does it; its server
	// is at rest then.
	cli func(n int) []string
}

// apiTimes are the times of the calls, by title and by server.
type apiTimes map[string]map[string][]time.Duration

// send asks a server and wants success.
func (s *apiServer) send(ctx context.Context, method, path, contentType string, body io.Reader) error {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		return err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 500))
		return fmt.Errorf("%s: %s %s answers %s: %s", s.name, method, path, answer.Status, text)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// json asks with a body.
func (s *apiServer) json(ctx context.Context, method, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return s.send(ctx, method, path, "application/json", bytes.NewReader(text))
}

// upload sends a file.
func (s *apiServer) upload(ctx context.Context, dir, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", filepath.Base(path))
	if err != nil {
		return err
	}
	_, _ = part.Write(data) // to memory
	if err := form.Close(); err != nil {
		return err
	}
	return s.send(ctx, http.MethodPost, "/api/files/"+dir, form.FormDataContentType(), &body)
}

type (
	object = map[string]any
	named  = map[string]string
)

// apiCalls returns the measured calls, in an order in which each can use the results of
// earlier ones.
func (t *stage) apiCalls(runs int, aptly *aptly) []apiCall {
	signing := object{"GpgKey": aptly.fingerprint, "Batch": true}
	sign := func(s *apiServer, body object) object {
		if s.name == ours {
			body["Signing"] = object{}
		} else {
			body["Signing"] = signing
		}
		body["SkipContents"], body["SkipBz2"] = true, true
		return body
	}
	id := strconv.Itoa
	return []apiCall{
		{title: "upload a package and add it to the repo", do: func(ctx context.Context, s *apiServer, n int) error {
			path, err := t.archive.addition("api", n, runs)
			if err != nil {
				return err
			}
			if err := s.upload(ctx, "in"+id(n), path); err != nil {
				return err
			}
			return s.send(ctx, http.MethodPost, "/api/repos/"+s.repo+"/file/in"+id(n), "", nil)
		}},
		{title: "list the keys of all packages", do: func(ctx context.Context, s *apiServer, _ int) error {
			return s.send(ctx, http.MethodGet, "/api/repos/"+s.repo+"/packages", "", nil)
		}},
		{title: "search by name", do: func(ctx context.Context, s *apiServer, n int) error {
			return s.send(ctx, http.MethodGet, "/api/repos/"+s.repo+"/packages?q="+t.archive.names[n*len(t.archive.names)/runs], "", nil)
		}},
		{title: "search by a glob of names", do: func(ctx context.Context, s *apiServer, _ int) error {
			return s.send(ctx, http.MethodGet, "/api/repos/"+s.repo+"/packages?q=Name+(%25+python3-*)", "", nil)
		}},
		{title: "search by a control field", do: func(ctx context.Context, s *apiServer, _ int) error {
			return s.send(ctx, http.MethodGet, "/api/repos/"+s.repo+"/packages?q=Section+(games)", "", nil)
		}},
		{title: "snapshot of the repo", do: func(ctx context.Context, s *apiServer, n int) error {
			return s.json(ctx, http.MethodPost, "/api/repos/"+s.repo+"/snapshots", named{"Name": "s" + id(n)})
		}},
		{title: "diff of two snapshots", do: func(ctx context.Context, s *apiServer, n int) error {
			return s.send(ctx, http.MethodGet, "/api/snapshots/base/diff/s"+id(n), "", nil)
		}},
		{title: "merge of two snapshots, the newest version of each", do: func(ctx context.Context, s *apiServer, n int) error {
			return s.json(ctx, http.MethodPost, "/api/snapshots/m"+id(n)+"/merge?latest=1", object{"Sources": []string{"base", "s" + id(n)}})
		}, cli: func(n int) []string { return aptly.call("snapshot", "merge", "-latest", "m"+id(n), "base", "s"+id(n)) }},
		{title: "pull of a package with what it needs", do: func(ctx context.Context, s *apiServer, n int) error {
			return s.json(ctx, http.MethodPost, "/api/snapshots/base/pull", object{"Source": "s" + id(n), "Destination": "p" + id(n),
				"Queries": []string{t.archive.names[len(t.archive.names)/2]}, "Architectures": []string{t.archive.Architecture}})
		}, cli: func(n int) []string {
			return aptly.call("-architectures="+t.archive.Architecture, "snapshot", "pull", "base", "s"+id(n), "p"+id(n), t.archive.names[len(t.archive.names)/2])
		}},
		{title: "publish a snapshot for the first time", do: func(ctx context.Context, s *apiServer, n int) error {
			return s.json(ctx, http.MethodPost, "/api/publish/api"+id(n), sign(s, object{"SourceKind": "snapshot", "Distribution": "d",
				"Sources": []named{{"Component": "main", "Name": "base"}}}))
		}},
		{title: "switch to a snapshot with another package", do: func(ctx context.Context, s *apiServer, n int) error {
			return s.json(ctx, http.MethodPut, "/api/publish/api"+id(n)+"/d", sign(s, object{"Snapshots": []named{{"Component": "main", "Name": "s" + id(n)}}}))
		}},
	}
}

// measureAPI asks both servers in turn.
func (t *stage) measureAPI(ctx context.Context, own *aptarium, peer *aptly, runs int) (apiTimes, error) {
	servers, err := t.apiServers(ctx, own, peer)
	defer func() {
		for _, s := range servers {
			s.stop()
		}
	}()
	if err != nil {
		return nil, err
	}
	times := apiTimes{}
	for _, c := range t.apiCalls(runs, peer) {
		times[c.title] = map[string][]time.Duration{}
		for n := range runs {
			for _, s := range servers {
				if s.name != ours && c.cli != nil {
					continue
				}
				syscall.Sync()
				began := time.Now()
				if err := c.do(ctx, s, n); err != nil {
					return nil, err
				}
				times[c.title][s.name] = append(times[c.title][s.name], time.Since(began))
			}
		}
		t.say("%7d packages: %s", t.archive.Packages, c.title)
	}
	for _, s := range servers {
		s.stop()
	}
	return times, t.measureCLI(ctx, peer, runs, times)
}

// measureCLI has aptly's command do what its server cannot.
func (t *stage) measureCLI(ctx context.Context, peer *aptly, runs int, times apiTimes) error {
	for _, c := range t.apiCalls(runs, peer) {
		for n := 0; c.cli != nil && n < runs; n++ {
			taken, err := measure(ctx, t.dir, peer.env(), c.cli(n))
			if err != nil {
				return err
			}
			times[c.title]["aptly"] = append(times[c.title]["aptly"], taken.Wall)
		}
	}
	return nil
}

// apiServers starts both servers, each with a repo and a snapshot of everything.
func (t *stage) apiServers(ctx context.Context, own *aptarium, peer *aptly) ([]*apiServer, error) {
	mine, err := startServerWith(ctx, own, "--trust-loopback")
	if err != nil {
		return nil, err
	}
	servers := []*apiServer{{ours, mine.url, "big", mine.stop}}
	theirs, err := startAptly(ctx, peer)
	if err != nil {
		return servers, err
	}
	servers = append(servers, theirs)
	for _, s := range servers {
		if err := s.json(ctx, http.MethodPost, "/api/mirrors/"+mirrorName+"/snapshots", named{"Name": "base"}); err != nil {
			return servers, err
		}
	}
	// Debian's aptly cannot make a repo of a snapshot; it has one already.
	return servers, servers[0].json(ctx, http.MethodPost, "/api/repos", named{"Name": servers[0].repo, "FromSnapshot": "base"})
}

// startAptly starts aptly's server on what its command has made.
func startAptly(ctx context.Context, p *aptly) (*apiServer, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return nil, err
	}
	process := grouped(ctx, p.env(), p.call("api", "serve", "-listen="+address))
	if err := process.Start(); err != nil {
		return nil, err
	}
	s := &apiServer{name: "aptly", url: "http://" + address, repo: repoName}
	s.stop = func() { endProcess(process) }
	if err := answers(ctx, s.url+"/api/version"); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// endProcess ends a server, once.
func endProcess(c *exec.Cmd) {
	if err := c.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
		return
	}
	_ = c.Wait() // by our signal
}

// api measures the calls, if that was asked for by name, and prints their table.
func (b *bench) api(ctx context.Context) error {
	if !slices.Contains(b.only, rowAPI) {
		return nil
	}
	peer, _ := b.peers[0].(*aptly)
	return b.at(ctx, b.packages, []contender{b.ours, peer}, func(t *stage) error {
		if err := t.fresh(ctx, 1); err != nil {
			return err
		}
		times, err := t.measureAPI(ctx, b.ours, peer, b.runs)
		if err == nil {
			fmt.Println(times.table(t.apiCalls(b.runs, peer)))
		}
		return err
	})
}

// table prints the medians side by side.
func (times apiTimes) table(calls []apiCall) string {
	var b strings.Builder
	b.WriteString("| call of aptly's API | aptarium | aptly | against aptly |\n| --- | --- | --- | --- |\n")
	for _, c := range calls {
		mine, theirs := percentile(times[c.title][ours], 50), percentile(times[c.title]["aptly"], 50)
		note := ""
		if c.cli != nil {
			note = " (its command)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s%s | %s |\n", c.title, seconds(mine), seconds(theirs), note, ratio(divide(theirs.Seconds(), mine.Seconds())))
	}
	return b.String()
}
