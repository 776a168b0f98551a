package openpgp

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// gnupg is the GnuPG home of one test. GnuPG is the implementation to compare with.
type gnupg struct {
	t    *testing.T
	home string
	at   time.Time // the time that gpg believes it is; zero: the clock's
}

// newGnuPG creates an empty home. Its path is short, because GnuPG's agent
// listens on a socket in it and sockets have short names.
func newGnuPG(t *testing.T) *gnupg {
	t.Helper()
	needs(t, "gpg", "gnupg")
	home, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	g := &gnupg{t: t, home: home}
	t.Cleanup(func() {
		// Stops only the agent that this home started.
		kill := exec.Command("gpgconf", "--kill", "all")
		kill.Env = append(os.Environ(), "GNUPGHOME="+home)
		_ = kill.Run()
		_ = os.RemoveAll(home)
	})
	return g
}

// needs fails a test whose tool is missing.
func needs(t *testing.T, program, debianPackage string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is missing: apt-get install %s", program, debianPackage)
	}
}

// run calls gpg with input and returns its output.
func (g *gnupg) run(input []byte, args ...string) []byte {
	g.t.Helper()
	base := []string{"--batch", "--yes", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", "--trust-model", "always", "--allow-weak-digest-algos"}
	if !g.at.IsZero() {
		base = append(base, "--faked-system-time", g.at.UTC().Format("20060102T150405")+"!")
	}
	cmd := exec.Command("gpg", append(base, args...)...)
	cmd.Env = append(os.Environ(), "GNUPGHOME="+g.home, "LC_ALL=C.UTF-8")
	cmd.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		g.t.Fatalf("gpg %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return stdout.Bytes()
}

// key generates a key that signs and returns its fingerprint. Expiry is gpg's: "never",
// "1y".
func (g *gnupg) key(name, algorithm, expiry string) string {
	g.t.Helper()
	g.run(nil, "--quick-generate-key", name, algorithm, "sign,cert", expiry)
	return g.fingerprint(name)
}

func (g *gnupg) fingerprint(name string) string {
	g.t.Helper()
	for line := range strings.Lines(string(g.run(nil, "--with-colons", "--list-keys", name))) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			return fields[9]
		}
	}
	g.t.Fatalf("gpg knows no key %q", name)
	return ""
}

func (g *gnupg) clearSign(text string, by ...string) []byte {
	g.t.Helper()
	args := []string{"--clear-sign"}
	for _, key := range by {
		args = append(args, "--local-user", key)
	}
	return g.run([]byte(text), args...)
}

// keyring exports public keys and reads them with our reader.
func (g *gnupg) keyring(names ...string) *Keyring {
	g.t.Helper()
	return mustReadKeys(g.t, g.run(nil, append([]string{"--export"}, names...)...))
}

func mustReadKeys(t *testing.T, data []byte) *Keyring {
	t.Helper()
	keyring, err := ReadKeys(data)
	if err != nil {
		t.Fatal(err)
	}
	return keyring
}

// gpgv checks a file (and data, for a detached signature) against a keyring
// file, as apt does.
func gpgv(t *testing.T, dir string, keyring []byte, files ...[]byte) error {
	t.Helper()
	needs(t, "gpgv", "gpgv")
	args := []string{"--keyring", write(t, dir, "keyring.gpg", keyring)}
	for i, name := range []string{"signed", "data"}[:len(files)] {
		args = append(args, write(t, dir, name, files[i]))
	}
	out, err := exec.Command("gpgv", args...).CombinedOutput()
	if err != nil {
		t.Logf("gpgv: %s", out)
	}
	return err
}

// write writes data to a file and returns its path.
func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// newKey generates a key with this package.
func newKey(t testing.TB, p Params) *SecretKey {
	t.Helper()
	if p.Name == "" {
		p.Name = "Example archive"
	}
	key, err := Generate(p)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
