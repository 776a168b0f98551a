package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

// Run runs an aptly command and returns what it wrote.
func (a *Aptly) Run(ctx context.Context, args ...string) (string, error) {
	c := command{dir: a.dir, env: a.environment(), both: true}
	return c.run(ctx, "aptly", append([]string{"-config=" + a.Config()}, args...)...)
}

func (a *Aptly) environment() []string {
	return append(os.Environ(), "HOME="+a.dir, "GNUPGHOME="+a.GnuPGHome(), "LC_ALL=C.UTF-8")
}

// AptlyServer is `aptly api serve`: aptly's own REST API.
type AptlyServer struct {
	// URL is the server's root, without a slash at the end.
	URL string

	command *exec.Cmd
	said    bytes.Buffer
}

// Serve starts aptly's REST API on a free port of the loopback address; Close ends
// it. It gets its socket as systemd hands one over, sd_listen_fds(3), and so
// accepts connections from the start.
func (a *Aptly) Serve(ctx context.Context) (*AptlyServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serving aptly's API: %w", err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		return nil, fmt.Errorf("serving aptly's API: %w", err)
	}
	defer socket.Close()
	if _, err := exec.LookPath("aptly"); err != nil {
		return nil, fmt.Errorf("%w: install the Debian package aptly", err)
	}
	s := &AptlyServer{URL: "http://" + listener.Addr().String()}
	// The shell becomes aptly, so that LISTEN_PID names the right process.
	s.command = exec.CommandContext(ctx, "sh", "-c", `LISTEN_PID=$$ exec aptly "$@"`, "sh", "-config="+a.Config(), "api", "serve", "-no-lock")
	s.command.Dir, s.command.Env = a.dir, append(a.environment(), "LISTEN_FDS=1", "GIN_MODE=release")
	s.command.ExtraFiles = []*os.File{socket}
	s.command.Stdout, s.command.Stderr = &s.said, &s.said
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("serving aptly's API: %w", err)
	}
	return s, nil
}

// Close ends the server. Its last words are the error if it had ended already.
func (s *AptlyServer) Close() error {
	killed := s.command.Process.Kill()
	_ = s.command.Wait()
	if errors.Is(killed, os.ErrProcessDone) {
		lines := slices.Collect(strings.Lines(s.said.String()))
		return fmt.Errorf("aptly's API ended by itself: %s", strings.Join(lines[max(0, len(lines)-20):], ""))
	}
	return nil
}
