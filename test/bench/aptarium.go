package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/openpgp"
)

// aptarium is our own program, measured as the others are: from outside.
type aptarium struct {
	program string
	dir     string
	suite   string
}

func (p *aptarium) name() string { return "aptarium" }

func (p *aptarium) about(ctx context.Context) (string, error) {
	out, err := invoke(ctx, p.env(), []string{p.program, "version"})
	version, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	return version + ", defaults: a mirror and a repo in one component, Packages as gz and zst, Ed25519", err
}

func (p *aptarium) env() []string { return environment() }

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
	_, err = invoke(ctx, p.env(), p.call("repo", "create", repoName))
	return err
}

func (p *aptarium) commands(s step, turn int, added string) [][]string {
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

// keys gives the public key that the program made for itself.
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
	s, err := startServer(ctx, p)
	if err != nil {
		return published{}, nil, err
	}
	return published{s.url + "/archive/" + prefix, keys}, s.stop, nil
}
