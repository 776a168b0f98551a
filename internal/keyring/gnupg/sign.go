package gnupg

import (
	"context"
	"os"
	"strconv"
	"time"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// Passphrase unlocks a secret key: a text, or else a file of this machine. When
// both are empty the key has none, or the agent knows it.
type Passphrase struct {
	Text string
	File string
}

// Secrets finds the keys that can sign, one for each name: a fingerprint, a key id,
// an address or whatever else gpg takes. Without names it is the first that gpg
// has. One that is not there is problem.NotFound.
func (g Program) Secrets(ctx context.Context, r Rings, names ...string) ([]Key, error) {
	args, err := g.args(r)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		keys, err := g.secrets(ctx, args, "")
		return keys[:min(len(keys), 1)], err
	}
	var found []Key
	for _, name := range names {
		keys, err := g.secrets(ctx, args, name)
		if err != nil {
			return nil, err
		}
		found = append(found, keys[0])
	}
	return found, nil
}

// secrets lists the keys of a name that can sign: at least one, or an error.
func (g Program) secrets(ctx context.Context, args []string, name string) (keys []Key, err error) {
	args = append(args[:len(args):len(args)], "--with-colons", "--fixed-list-mode", "--list-secret-keys", "--")
	if name != "" {
		args = append(args, name)
	}
	output, _, err := g.run(ctx, call{args: args})
	if err != nil && !problem.Is(err, problem.Invalid) {
		return nil, err
	}
	for _, k := range parseKeys(output) {
		if k.signs && k.Fingerprint != "" {
			keys = append(keys, k)
		}
	}
	if len(keys) > 0 {
		return keys, nil
	}
	if name == "" {
		return nil, problem.New(problem.NotFound, "GnuPG has no secret key that can sign").In("keys").WithHint("name a key of `aptarium key list`, or make one with gpg as the user of the server")
	}
	return nil, problem.New(problem.NotFound, "neither `aptarium key` nor GnuPG has a secret key %q that can sign", name).In("keys").
		WithHint("`aptarium key import` takes it")
}

// Export returns public keys of the rings, armored.
func (g Program) Export(ctx context.Context, r Rings, fingerprints ...string) (armored string, err error) {
	args, err := g.args(r)
	if err != nil {
		return "", err
	}
	args = append(args, "--armor", "--export-options", "export-minimal", "--export", "--")
	output, told, err := g.run(ctx, call{args: append(args, fingerprints...)})
	if err == nil && len(output) == 0 {
		err = problem.New(problem.NotFound, "GnuPG has no such public key: %s", told).In("keys")
	}
	return string(output), err
}

// Signer signs with a secret key of GnuPG.
func (g Program) Signer(r Rings, fingerprint string, p Passphrase) openpgp.Signer {
	return signer{g, r, fingerprint, p}
}

type signer struct {
	program     Program
	rings       Rings
	fingerprint string
	passphrase  Passphrase
}

func (s signer) Fingerprint() string { return s.fingerprint }

// Sign makes a signature with SHA-256.
func (s signer) Sign(ctx context.Context, form openpgp.Form, data []byte, at time.Time) ([]byte, error) {
	args, err := s.program.args(s.rings)
	if err != nil {
		return nil, err
	}
	args = append(args, "--pinentry-mode", "loopback", "--faked-system-time", strconv.FormatInt(at.Unix(), 10)+"!",
		"--digest-algo", "SHA256", "--local-user", s.fingerprint)
	if s.passphrase.Text == "" && s.passphrase.File != "" {
		if err := regular(s.passphrase.File); err != nil {
			return nil, err
		}
		args = append(args, "--passphrase-file", s.passphrase.File)
	}
	if form == openpgp.Text {
		args = append(args, "--textmode")
	}
	args = append(args, "--output", "-", "--detach-sign")
	signature, _, err := s.program.run(ctx, call{args: args, input: data, passphrase: s.passphrase.Text})
	if problem.Is(err, problem.Invalid) {
		err = problem.New(problem.Invalid, "GnuPG does not sign with key %s: %w", s.fingerprint, err).In("signing").
			WithHint("a key with a passphrase needs it each time that it signs: give it, or the file that it is in")
	}
	return signature, err
}

// regular refuses what is no file to read a passphrase from.
func regular(name string) error {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return problem.New(problem.Invalid, "there is no file %s with a passphrase", name).In("passphrase_file").WithHint("it must be on the server, readable for it")
	}
	return nil
}
