package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// reprepro is Debian's reprepro. It has no mirror apart from what it publishes:
// an update of its distribution publishes too, and so does taking in a package.
type reprepro struct {
	signer
	dir   string
	suite string
}

func (p *reprepro) name() string { return "reprepro" }

func (p *reprepro) about(ctx context.Context) (string, error) {
	out, err := invoke(ctx, p.env(), []string{"dpkg-query", "-W", "-f", "${Version}", "reprepro"})
	return "reprepro " + strings.TrimSpace(out) + ", update and includedeb into one distribution; DebIndices: Packages Release . .gz, gpgme, Ed25519", err
}

func (p *reprepro) prepare(ctx context.Context, dir string, a *archive) error {
	p.dir, p.suite = dir, a.Codename
	keys, err := archiveKeys(dir, a)
	if err != nil {
		return err
	}
	if _, err := p.gpg(ctx, "--import", keys); err != nil {
		return err
	}
	fingerprint := a.Key.Public().Keys()[0].Fingerprint
	for name, text := range map[string]string{
		"distributions": fmt.Sprintf("Codename: %s\nArchitectures: %s\nComponents: %s\nSignWith: %s\nDebIndices: Packages Release . .gz\nUpdate: up\n",
			a.Codename, a.Architecture, a.Component, p.fingerprint),
		"updates": fmt.Sprintf("Name: up\nMethod: %s\nSuite: %s\nComponents: %s\nArchitectures: %s\nVerifyRelease: %s\n",
			a.URL(), a.Codename, a.Component, a.Architecture, fingerprint[len(fingerprint)-16:]),
	} {
		path := filepath.Join(dir, "conf", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (p *reprepro) commands(s step, turn int, added string) [][]string {
	call := func(args ...string) [][]string {
		return [][]string{append([]string{"reprepro", "--silent", "-b", p.dir}, args...)}
	}
	switch s {
	case stepSync, stepResync:
		return call("update", p.suite)
	case stepSnapshot:
		return call("gensnapshot", p.suite, "s"+strconv.Itoa(turn))
	case stepUpdate:
		return call("includedeb", p.suite, added)
	}
	return nil // a sync publishes, and so does adding a package
}

// keeps counts names: a distribution of reprepro's has one version of each.
func (p *reprepro) keeps(a *archive) int { return len(slices.Compact(slices.Clone(a.names))) }

func (p *reprepro) serve(ctx context.Context) (published, func(), error) {
	return p.serveFolder(ctx, p.dir)
}
