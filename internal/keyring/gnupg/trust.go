package gnupg

import (
	"context"
	"os"
	"regexp"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Trusted is the keyring of trusted upstream keys, the default of gpgv(1).
const Trusted = "trustedkeys.gpg"

// maxArmored limits the keys of one import, in bytes.
const maxArmored = 4 << 20

// only returns the arguments for a single keyring, which need not exist.
func (g Program) only(ring string) (args []string, file string, err error) {
	file, err = g.ring(ring)
	return []string{"--no-default-keyring", "--keyring", file}, file, err
}

// List returns the public keys of a keyring, and none of a missing one.
func (g Program) List(ctx context.Context, ring string) ([]Key, error) {
	args, file, err := g.only(ring)
	if err != nil {
		return nil, err
	}
	if err := present(file, ring); err != nil {
		if problem.Is(err, problem.NotFound) {
			err = nil
		}
		return nil, err
	}
	output, _, err := g.run(ctx, call{args: append(args, "--with-colons", "--fixed-list-mode", "--list-keys")})
	return parseKeys(output), err
}

// idPattern matches key ids and fingerprints.
var idPattern = regexp.MustCompile(`^(0[xX])?([0-9A-Fa-f]{8}|[0-9A-Fa-f]{16}|[0-9A-Fa-f]{40})$`)

// serverPattern matches addresses of key servers.
var serverPattern = regexp.MustCompile(`^(hkps?://|https?://|ldaps?://)?[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?/?$`)

// Import adds keys to a keyring: those of an armored text, and those that a key server has
// for ids. It returns gpg's messages.
func (g Program) Import(ctx context.Context, ring, armored, server string, ids []string) (told string, err error) {
	if armored == "" && len(ids) == 0 {
		return "", problem.New(problem.Invalid, "the keys to add are missing").In("keys").WithHint("pass an armored key, or key ids and a key server")
	}
	if len(armored) > maxArmored || len(ids) > 100 {
		return "", problem.New(problem.Invalid, "too many keys at once").In("keys")
	}
	args, _, err := g.only(ring)
	if err == nil {
		err = g.makeHome()
	}
	if err != nil {
		return "", err
	}
	var all []string
	if armored != "" {
		_, told, err := g.run(ctx, call{args: append(args[:3:3], "--allow-non-selfsigned-uid", "--import"), input: []byte(armored)})
		if err != nil {
			return told, err
		}
		all = append(all, told)
	}
	if len(ids) > 0 {
		told, err := g.receive(ctx, args, server, ids)
		if err != nil {
			return told, err
		}
		all = append(all, told)
	}
	return strings.Join(all, "\n"), nil
}

// receive imports keys from a key server.
func (g Program) receive(ctx context.Context, args []string, server string, ids []string) (told string, err error) {
	for _, id := range ids {
		if !idPattern.MatchString(id) {
			return "", problem.New(problem.Invalid, "%.100q is not a key id", id).In("ids").WithHint("use 8, 16 or, best, 40 hexadecimal digits")
		}
	}
	if server != "" {
		if !serverPattern.MatchString(server) {
			return "", problem.New(problem.Invalid, "%.100q is not a key server", server).In("keyserver").WithHint("write hkps://keys.openpgp.org")
		}
		args = append(args[:3:3], "--keyserver", server)
	}
	_, told, err = g.run(ctx, call{args: append(append(args, "--recv-keys"), ids...), patience: serverPatience})
	return told, err
}

// makeHome creates the GnuPG home if it is missing. gpg itself does so only for the default
// home.
func (g Program) makeHome() error {
	home, err := g.home()
	if err == nil {
		err = os.MkdirAll(home, 0o700)
	}
	if err != nil {
		return problem.New(problem.Unavailable, "creating the GnuPG home: %w", err)
	}
	return nil
}

// Delete removes a key from a keyring, and returns gpg's messages. A missing key is
// problem.NotFound.
func (g Program) Delete(ctx context.Context, ring, id string) (told string, err error) {
	if !idPattern.MatchString(id) {
		return "", problem.New(problem.Invalid, "%.100q is not a key id", id).In("id").WithHint("use 8, 16 or 40 hexadecimal digits")
	}
	keys, err := g.List(ctx, ring)
	if err != nil {
		return "", err
	}
	args, _, err := g.only(ring)
	if err != nil {
		return "", err
	}
	bare := strings.ToUpper(strings.TrimPrefix(strings.ToLower(id), "0x"))
	for _, k := range keys {
		if strings.HasSuffix(k.Fingerprint, bare) {
			_, told, err := g.run(ctx, call{args: append(args, "--yes", "--delete-keys", k.Fingerprint)})
			return told, err
		}
	}
	return "", problem.New(problem.NotFound, "keyring %s has no key %s", ring, id).In("id")
}

// ExportAll returns all public keys of keyrings, armored. A missing keyring is
// problem.NotFound.
func (g Program) ExportAll(ctx context.Context, rings ...string) (armored string, err error) {
	args := []string{"--no-default-keyring"}
	for _, ring := range rings {
		file, err := g.ring(ring)
		if err == nil {
			err = present(file, ring)
		}
		if err != nil {
			return "", err
		}
		args = append(args, "--keyring", file)
	}
	output, _, err := g.run(ctx, call{args: append(args, "--armor", "--export")})
	return string(output), err
}
