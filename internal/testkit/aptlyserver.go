package testkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
)

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
	// The shell becomes aptly, and so has the id that LISTEN_PID must tell.
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
