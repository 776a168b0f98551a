package gnupg_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// home makes a GnuPG home of the test's own. Its path is short: a socket is in it.
func home(t *testing.T) gnupg.Program {
	t.Helper()
	dir, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run() // it may have had no agent
		os.RemoveAll(dir)
	})
	return gnupg.Program{Home: dir}
}

// generate makes a key as people do.
func generate(t *testing.T, g gnupg.Program, user, algorithm, passphrase string) {
	t.Helper()
	c := exec.Command("gpg", "--homedir", g.Home, "--batch", "--pinentry-mode", "loopback", "--passphrase", passphrase,
		"--quick-generate-key", user, algorithm, "sign", "never")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("gpg (of the Debian package gnupg): %v %s", err, out)
	}
}

// secret finds a key.
func secret(t *testing.T, g gnupg.Program, names ...string) gnupg.Key {
	t.Helper()
	keys, err := g.Secrets(t.Context(), gnupg.Rings{}, names...)
	if err != nil || len(keys) != 1 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	return keys[0]
}

// gpgv reports whether clients accept a file.
func gpgv(t *testing.T, armored string, files map[string][]byte, args ...string) {
	t.Helper()
	dir := t.TempDir()
	ring, err := openpgp.ReadKeys([]byte(armored))
	if err != nil {
		t.Fatal(err)
	}
	files["ring.gpg"] = ring.Binary()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("gpgv", append([]string{"--keyring", filepath.Join(dir, "ring.gpg")}, args...)...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("gpgv (of the Debian package gpgv): %v\n%s", err, out)
	}
}

const release = "Origin: x\nSuite: stable\nSHA256:\n abc 12 main/binary-amd64/Packages\n"

func TestClientsAcceptWhatGnuPGSigned(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"ed25519", "rsa2048"} {
		for name, passphrase := range map[string]string{"open": "", "locked": "pass phrase"} {
			t.Run(algorithm+" "+name, func(t *testing.T) {
				t.Parallel()
				g := home(t)
				generate(t, g, "Archive <archive@example.org>", algorithm, passphrase)
				key := secret(t, g, "archive@example.org")
				armored, err := g.Export(t.Context(), gnupg.Rings{}, key.Fingerprint)
				if err != nil {
					t.Fatal(err)
				}
				signer, now := g.Signer(gnupg.Rings{}, key.Fingerprint, gnupg.Passphrase{Text: passphrase}), time.Now()
				clear, err := openpgp.ClearSign(t.Context(), []byte(release), now, signer)
				if err != nil {
					t.Fatal(err)
				}
				detached, err := openpgp.DetachSign(t.Context(), []byte(release), now, signer)
				if err != nil {
					t.Fatal(err)
				}
				gpgv(t, armored, map[string][]byte{"InRelease": clear}, "InRelease")
				gpgv(t, armored, map[string][]byte{"Release": []byte(release), "Release.gpg": detached}, "Release.gpg", "Release")
				if !bytes.Contains(clear, []byte("Hash: SHA256")) {
					t.Errorf("not SHA-256: %s", clear)
				}
			})
		}
	}
}

func TestALockedKeyNeedsItsPassphrase(t *testing.T) {
	t.Parallel()
	g := home(t)
	generate(t, g, "locked@example.org", "ed25519", "right")
	if out, err := exec.Command("gpgconf", "--homedir", g.Home, "--reload", "gpg-agent").CombinedOutput(); err != nil {
		t.Fatalf("gpgconf: %v %s", err, out)
	}
	key := secret(t, g)
	file := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(file, []byte("right\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		passphrase gnupg.Passphrase
		want       problem.Kind
	}{
		{"none", gnupg.Passphrase{}, problem.Invalid},
		{"a wrong one", gnupg.Passphrase{Text: "wrong"}, problem.Invalid},
		{"a file that is not there", gnupg.Passphrase{File: file + "s"}, problem.Invalid},
		{"a device", gnupg.Passphrase{File: "/dev/zero"}, problem.Invalid},
		{"a file", gnupg.Passphrase{File: file}, ""},
	} {
		_, err := g.Signer(gnupg.Rings{}, key.Fingerprint, c.passphrase).Sign(t.Context(), openpgp.Binary, []byte("x"), time.Now())
		if (c.want == "") != (err == nil) || c.want != "" && !problem.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "wrong") {
			t.Errorf("%s: the passphrase is told: %v", c.name, err)
		}
	}
}

func TestSecretsThatAreNotThere(t *testing.T) {
	t.Parallel()
	g := home(t)
	for name, rings := range map[string]gnupg.Rings{"nobody@example.org": {}, "anybody": {Public: "other.gpg"}} {
		if _, err := g.Secrets(t.Context(), rings, name); !problem.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := g.Secrets(t.Context(), gnupg.Rings{}); !problem.Is(err, problem.NotFound) {
		t.Errorf("of no name: %v", err)
	}
	if _, err := (gnupg.Program{Path: "/nonexistent/gpg"}).Secrets(t.Context(), gnupg.Rings{}); !problem.Is(err, problem.Unavailable) {
		t.Errorf("without gpg: %v", err)
	}
}

func TestAKeyringOfTrustedKeys(t *testing.T) {
	t.Parallel()
	owner, g := home(t), home(t)
	generate(t, owner, "One: of \\two <one@example.org>", "ed25519", "")
	one := secret(t, owner)
	armored, err := owner.Export(t.Context(), gnupg.Rings{}, one.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := g.List(t.Context(), gnupg.Trusted); err != nil || len(keys) != 0 {
		t.Fatalf("before: %v, %v", keys, err)
	}
	if _, err := g.ExportAll(t.Context(), gnupg.Trusted); !problem.Is(err, problem.NotFound) {
		t.Errorf("exporting a keyring that is not there: %v", err)
	}
	told, err := g.Import(t.Context(), gnupg.Trusted, armored, "", nil)
	if err != nil || !strings.Contains(told, "imported") {
		t.Fatalf("%q, %v", told, err)
	}
	keys, err := g.List(t.Context(), gnupg.Trusted)
	if err != nil || len(keys) != 1 {
		t.Fatalf("%v, %v", keys, err)
	}
	k := keys[0]
	if k.Fingerprint != one.Fingerprint || len(k.KeyID) != 16 || !strings.HasSuffix(k.Fingerprint, k.KeyID) ||
		len(k.UserIDs) != 1 || k.UserIDs[0] != "One: of \\two <one@example.org>" || time.Since(k.CreatedAt) > time.Hour {
		t.Errorf("%+v", k)
	}
	exported, err := g.ExportAll(t.Context(), gnupg.Trusted)
	if err != nil {
		t.Fatal(err)
	}
	if ring, err := openpgp.ReadKeys([]byte(exported)); err != nil || len(ring.Keys()) != 1 {
		t.Errorf("exported: %v, %v", ring, err)
	}
	if _, err := g.Delete(t.Context(), gnupg.Trusted, "0x"+k.KeyID); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Delete(t.Context(), gnupg.Trusted, k.KeyID); !problem.Is(err, problem.NotFound) {
		t.Errorf("deleting it again: %v", err)
	}
}

func TestWhatIsNoKeyring(t *testing.T) {
	t.Parallel()
	g := home(t)
	for _, name := range []string{"", "../trustedkeys.gpg", "a/b", "-x", "--options", "/etc/../etc/passwd", "a\x00b", ".gpg", "gnupg-ring:x"} {
		if _, err := g.List(t.Context(), name); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := g.Import(t.Context(), "/nonexistent/ring.gpg", "x", "", nil); !problem.Is(err, problem.NotFound) {
		t.Errorf("a path that is not there: %v", err)
	}
}

func TestWhatCannotBeImported(t *testing.T) {
	t.Parallel()
	g := home(t)
	for name, c := range map[string]struct {
		armored, server string
		ids             []string
	}{
		"nothing":    {},
		"no key":     {armored: "hello"},
		"no id":      {server: "hkp://127.0.0.1:9", ids: []string{"--export"}},
		"no server":  {server: "--options", ids: []string{"0123456789ABCDEF"}},
		"a file":     {server: "file:///etc/passwd", ids: []string{"0123456789ABCDEF"}},
		"very large": {armored: strings.Repeat("x", 5<<20)},
	} {
		if _, err := g.Import(t.Context(), gnupg.Trusted, c.armored, c.server, c.ids); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAWaitEnds(t *testing.T) {
	t.Parallel()
	slow := filepath.Join(t.TempDir(), "gpg")
	if err := os.WriteFile(slow, []byte("#!/bin/sh\nexec sleep 60\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := (gnupg.Program{Path: slow, Home: t.TempDir()}).Secrets(ctx, gnupg.Rings{}); !problem.Is(err, problem.Unavailable) {
		t.Errorf("%v", err)
	}
}
