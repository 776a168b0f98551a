package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// aptarium is our own program, measured as the others are: from outside.
type aptarium struct {
	program   string
	directory bool // publish into a directory, not for its own server
	dir       string
	suite     string
}

// endpoint is the name of the directory that is published into.
const endpoint = "www"

func (p *aptarium) name() string {
	if p.directory {
		return oursInDirectory
	}
	return ours
}

func (p *aptarium) about(ctx context.Context) (string, error) {
	out, err := invoke(ctx, p.env(), []string{p.program, "version"})
	version, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	return version + ", defaults: a mirror and a repo in one component; Packages as gz and zst, Ed25519", err
}

func (p *aptarium) env() []string { return environment() }

func (p *aptarium) keeps(a *archive) int { return a.Packages }

// data is the flag that names the data folder.
func (p *aptarium) data() string { return "--data=" + filepath.Join(p.dir, "data") }

func (p *aptarium) call(args ...string) []string {
	return append([]string{p.program, p.data()}, args...)
}

func (p *aptarium) prepare(ctx context.Context, dir string, a *archive) error {
	p.dir, p.suite = dir, a.Codename
	keyring, err := archiveKeys(dir, a)
	if err != nil {
		return err
	}
	if _, err := invoke(ctx, p.env(), p.call("mirror", "create", mirrorName, a.URL(), a.Codename, "--keyring", keyring)); err != nil {
		return err
	}
	if _, err := invoke(ctx, p.env(), p.call("repo", "create", repoName)); err != nil || !p.directory {
		return err
	}
	if err := os.Mkdir(p.root(), 0o755); err != nil {
		return err
	}
	_, err = invoke(ctx, p.env(), p.call("endpoint", "create", endpoint, "--directory", p.root()))
	return err
}

// root is the directory that is published into.
func (p *aptarium) root() string { return filepath.Join(p.dir, "www") }

func (p *aptarium) commands(s step, turn int, added string) [][]string {
	if p.directory {
		return p.commandsInDirectory(s, added)
	}
	switch s {
	case stepSync, stepResync:
		return [][]string{p.call("mirror", "sync", mirrorName)}
	case stepPublish:
		return [][]string{p.call("publish", "create", prefix, p.suite, "--source", "mirror:"+mirrorName, "--source", "repo:"+repoName)}
	case stepSnapshot:
		return [][]string{p.call("snapshot", "create", "s"+strconv.Itoa(turn), "--from", "mirror:"+mirrorName)}
	case stepAdd:
		return [][]string{p.call("repo", "add", repoName, added)}
	case stepUpdate:
		return [][]string{p.call("publish", "update", prefix, p.suite)}
	}
	return nil
}

// commandsInDirectory has only the steps that differ, and those before them.
func (p *aptarium) commandsInDirectory(s step, added string) [][]string {
	switch s {
	case stepSync:
		return [][]string{p.call("mirror", "sync", mirrorName)}
	case stepPublish:
		return [][]string{p.call("publish", "create", prefix, p.suite, "--endpoint", endpoint, "--source", "mirror:"+mirrorName, "--source", "repo:"+repoName)}
	case stepAdd:
		return [][]string{p.call("repo", "add", repoName, added)}
	case stepUpdate:
		return [][]string{p.call("publish", "update", endpoint+":"+prefix, p.suite)}
	}
	return nil
}

// keys returns the public key that the program made for itself.
func (p *aptarium) keys(ctx context.Context) (*openpgp.Keyring, error) {
	out, err := invoke(ctx, p.env(), p.call("key", "list", "--json"))
	if err != nil {
		return nil, err
	}
	var list []struct{ Fingerprint string }
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
		return nil, fmt.Errorf("that is not one key: %s", out)
	}
	if out, err = invoke(ctx, p.env(), p.call("key", "export", list[0].Fingerprint)); err != nil {
		return nil, err
	}
	return openpgp.ReadKeys([]byte(out))
}

func (p *aptarium) serve(ctx context.Context) (published, func(), error) {
	keys, err := p.keys(ctx)
	if err != nil {
		return published{}, nil, err
	}
	if p.directory {
		files := testkit.NewUpstream(filepath.Join(p.root(), prefix))
		return published{files.URL(), keys}, files.Close, nil
	}
	s, err := startServer(ctx, p)
	if err != nil {
		return published{}, nil, err
	}
	return published{s.url + "/archive/" + prefix, keys}, s.stop, nil
}
