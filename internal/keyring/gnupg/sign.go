package gnupg

import (
	"context"
	"os"
	"strconv"
	"time"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// Passphrase unlocks a secret key: a text, or else a file on this machine. If both are empty,
// the key has no passphrase, or the agent knows it.
type Passphrase struct {
	Text string
	File string
}

// Secrets returns keys that can sign, one per name: a fingerprint, a key id, an address or any
// other form of gpg's. Without names it returns gpg's first key. A missing key is
// problem.NotFound.
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

// secrets returns the keys of a name that can sign: at least one, or an error.
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
		return nil, problem.New(problem.NotFound, "GnuPG has no secret key that can sign").In("keys").WithHint("use a key of `aptarium key list`, or generate one with gpg as the server's user")
	}
	return nil, problem.New(problem.NotFound, "neither `aptarium key list` nor GnuPG has a secret key %q that can sign", name).In("keys").
		WithHint("import it with `aptarium key import`")
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

// Sign returns a signature with SHA-256.
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
		err = problem.New(problem.Invalid, "GnuPG cannot sign with key %s: %w", s.fingerprint, err).In("signing").
			WithHint("if the key has a passphrase, pass it or the name of its file each time")
	}
	return signature, err
}

// regular refuses a passphrase file that is missing or not a regular file.
func regular(name string) error {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return problem.New(problem.Invalid, "there is no passphrase file %s", name).In("passphrase_file").WithHint("it must be a file on the server that the server can read")
	}
	return nil
}
