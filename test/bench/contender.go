package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// contender is a program that is measured. It mirrors the archive under the name
// [mirrorName], publishes it below [prefix] with a key of its own, and adds
// packages to what it publishes.
type contender interface {
	// name is how the tables call the program.
	name() string
	// about tells the version, and the settings that matter for its speed.
	about(ctx context.Context) (string, error)
	// prepare makes an empty state in dir, a folder that is there and empty, that
	// is about to follow the archive. It may be called again with another folder.
	prepare(ctx context.Context, dir string, a *archive) error
	// commands returns the commands of a step: the last command is the one to be measured,
	// the others make it possible. There are none when the program has no such
	// step. What is added is the file of a package; turn counts from 0 on.
	commands(s step, turn int, added string) [][]string
	// keeps is how many of the archive's packages it can publish.
	keeps(a *archive) int
	// env is the environment of all commands.
	env() []string
	// serve lets clients in to what was published last, until stop is called.
	serve(ctx context.Context) (p published, stop func(), err error)
}

// Names in all programs.
const (
	mirrorName = "big"
	repoName   = "own"
	prefix     = "debian"
)

// published is where clients find what a program has published.
type published struct {
	url  string
	keys *openpgp.Keyring
}

// signer is a folder of GnuPG's with one key, as aptly and reprepro sign with.
type signer struct {
	dir         string
	fingerprint string
}

// newSigner makes the key, without a passphrase.
func newSigner(ctx context.Context, dir string) (signer, error) {
	s := signer{dir: dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return s, err
	}
	if _, err := s.gpg(ctx, "--passphrase", "", "--quick-generate-key", "bench <bench@example.org>", "ed25519", "sign", "never"); err != nil {
		return s, err
	}
	list, err := s.gpg(ctx, "--with-colons", "--list-secret-keys")
	if err != nil {
		return s, err
	}
	for line := range strings.Lines(list) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" && len(fields) > 9 {
			s.fingerprint = fields[9]
			return s, nil
		}
	}
	return s, fmt.Errorf("gpg lists no key:\n%s", list)
}

func (s signer) env() []string { return environment("GNUPGHOME=" + s.dir) }

func (s signer) gpg(ctx context.Context, args ...string) (string, error) {
	return invoke(ctx, s.env(), append([]string{"gpg", "--batch", "--quiet"}, args...))
}

// keys returns the public key.
func (s signer) keys(ctx context.Context) (*openpgp.Keyring, error) {
	text, err := s.gpg(ctx, "--armor", "--export", s.fingerprint)
	if err != nil {
		return nil, err
	}
	return openpgp.ReadKeys([]byte(text))
}

// close ends the agent that gpg has left behind.
func (s signer) close(ctx context.Context) error {
	_, err := invoke(ctx, s.env(), []string{"gpgconf", "--kill", "all"})
	return err
}

// serveFolder serves files that a program has published to a folder.
func (s signer) serveFolder(ctx context.Context, dir string) (p published, stop func(), err error) {
	if p.keys, err = s.keys(ctx); err != nil {
		return p, nil, err
	}
	server := testkit.NewUpstream(dir)
	p.url = server.URL()
	return p, server.Close, nil
}

// archiveKeys writes the archive's public key to a file, as gpg --export does.
func archiveKeys(dir string, a *archive) (path string, err error) {
	path = filepath.Join(dir, "archive.gpg")
	return path, os.WriteFile(path, a.Key.Public().Binary(), 0o644)
}
