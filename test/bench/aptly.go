package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// aptly is Debian's aptly. It keeps hard links of the packages in the folder
// that it publishes to.
type aptly struct {
	signer
	dir     string
	keyring string // that it checks the archive with
	suite   string
}

func (p *aptly) name() string { return "aptly" }

func (p *aptly) about(ctx context.Context) (string, error) {
	out, err := invoke(ctx, p.env(), []string{"aptly", "version"})
	_, version, _ := strings.Cut(strings.TrimSpace(out), ": ")
	return "aptly " + version + ", a mirror and a local repo of the same packages; publish -skip-contents -skip-bz2: Packages and Packages.gz, gpg, Ed25519", err
}

func (p *aptly) prepare(ctx context.Context, dir string, a *archive) (err error) {
	p.dir, p.suite = dir, a.Codename
	if p.keyring, err = archiveKeys(dir, a); err != nil {
		return err
	}
	conf := fmt.Sprintf(`{"rootDir": %q, "architectures": [%q], "gpgProvider": "gpg", "skipContentsPublishing": true}`, filepath.Join(dir, "root"), a.Architecture)
	if err := os.WriteFile(filepath.Join(dir, "aptly.conf"), []byte(conf), 0o644); err != nil {
		return err
	}
	_, err = invoke(ctx, p.env(), p.call("mirror", "create", "-keyring="+p.keyring, mirrorName, a.URL(), a.Codename, a.Component))
	return err
}

func (p *aptly) call(args ...string) []string {
	return append([]string{"aptly", "-config=" + filepath.Join(p.dir, "aptly.conf")}, args...)
}

func (p *aptly) commands(s step, turn int, added string) [][]string {
	publish := func(verb string, args ...string) []string {
		return append(p.call("publish", verb, "-batch", "-skip-contents", "-skip-bz2", "-gpg-key="+p.fingerprint), args...)
	}
	switch s {
	case stepSync, stepResync:
		return [][]string{p.call("mirror", "update", "-keyring="+p.keyring, mirrorName)}
	case stepPublish:
		return [][]string{
			p.call("repo", "create", "-distribution="+p.suite, "-component=main", repoName),
			p.call("repo", "import", mirrorName, repoName, "Name"), // a query that fits all
			publish("repo", repoName, prefix),
		}
	case stepSnapshot:
		return [][]string{p.call("snapshot", "create", "s"+strconv.Itoa(turn), "from", "mirror", mirrorName)}
	case stepAdd:
		return [][]string{p.call("repo", "add", repoName, added)}
	case stepUpdate:
		return [][]string{publish("update", p.suite, prefix)}
	}
	return nil
}

func (p *aptly) keeps(a *archive) int { return a.Packages }

func (p *aptly) serve(ctx context.Context) (published, func(), error) {
	return p.serveFolder(ctx, filepath.Join(p.dir, "root", "public", prefix))
}
