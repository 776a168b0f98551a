package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Aptly is the machine's own aptly with a root directory, a configuration and a
// GnuPG home of its own. It reaches nothing but what its calls name.
type Aptly struct{ dir string }

// NewAptly makes an aptly in dir, which is made when missing. Settings replace or
// add keys of its configuration, aptly.conf(5).
func NewAptly(dir string, settings map[string]any) (*Aptly, error) {
	a := &Aptly{dir}
	for _, d := range []string{dir, a.GnuPGHome()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("aptly's folders: %w", err)
		}
	}
	config := map[string]any{"rootDir": a.Root(), "gpgProvider": "gpg", "skipBz2Publishing": true}
	for key, value := range settings {
		config[key] = value
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("aptly's configuration: %w", err)
	}
	if err := os.WriteFile(a.Config(), text, 0o600); err != nil {
		return nil, fmt.Errorf("aptly's configuration: %w", err)
	}
	return a, nil
}

// Root is the directory with aptly's database, pool and published trees.
func (a *Aptly) Root() string { return filepath.Join(a.dir, "root") }

// Config is the path of the configuration file.
func (a *Aptly) Config() string { return filepath.Join(a.dir, "aptly.conf") }

// GnuPGHome is where its gpg keeps keyrings, trustedkeys.gpg among them.
func (a *Aptly) GnuPGHome() string { return filepath.Join(a.dir, "gnupg") }

// Trust lets aptly believe what a key signs, given armored or binary.
func (a *Aptly) Trust(ctx context.Context, key []byte) error {
	c := command{env: a.environment(), stdin: bytes.NewReader(key)}
	_, err := c.run(ctx, "gpg", "--batch", "--no-default-keyring", "--keyring", "trustedkeys.gpg", "--import")
	return err
}

// Run runs an aptly command and gives what it wrote.
func (a *Aptly) Run(ctx context.Context, args ...string) (string, error) {
	c := command{dir: a.dir, env: a.environment(), both: true}
	return c.run(ctx, "aptly", append([]string{"-config=" + a.Config()}, args...)...)
}

func (a *Aptly) environment() []string {
	return append(os.Environ(), "HOME="+a.dir, "GNUPGHOME="+a.GnuPGHome(), "LC_ALL=C.UTF-8")
}
