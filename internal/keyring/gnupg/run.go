package gnupg

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// Program is a gpg and its home. The zero value is the gpg in PATH, with the current user's
// home: $GNUPGHOME, else ~/.gnupg.
type Program struct {
	Path string // of the program; empty: "gpg"
	Home string // empty: the default
}

// The time limits of gpg, without and with a key server.
const (
	patience       = 30 * time.Second
	serverPatience = 60 * time.Second
)

// The limits of gpg's output: keys, and messages.
const (
	maxOutput  = 16 << 20
	maxMessage = 64 << 10
)

// call is one run of gpg.
type call struct {
	args       []string
	input      []byte
	passphrase string // through a pipe, as descriptor 3
	patience   time.Duration
}

// run returns gpg's output and its messages. An error contains the messages.
func (g Program) run(ctx context.Context, c call) (output []byte, told string, err error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.patience, patience))
	defer cancel()
	args := []string{"--batch", "--no-tty", "--no-auto-check-trustdb"}
	if g.Home != "" {
		args = append(args, "--homedir", g.Home)
	}
	if c.passphrase != "" {
		args = append(args, "--passphrase-fd", "3")
	}
	command := exec.CommandContext(ctx, cmp.Or(g.Path, "gpg"), append(args, c.args...)...)
	command.Env = environment()
	command.WaitDelay = time.Second
	command.Stdin = bytes.NewReader(c.input)
	out, words := &limited{left: maxOutput}, &limited{left: maxMessage}
	command.Stdout, command.Stderr = out, words
	if c.passphrase != "" {
		done, err := pipeIn(command, c.passphrase)
		if err != nil {
			return nil, "", err
		}
		defer done()
	}
	err = command.Run()
	told = strings.TrimSpace(strings.ToValidUTF8(words.String(), "\uFFFD"))
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return nil, told, problem.New(problem.Unavailable, "the program gpg is not installed").WithHint("install the Debian package gnupg, or use keys of `aptarium key`")
	case ctx.Err() != nil:
		return nil, told, problem.New(problem.Unavailable, "gpg took too long: %s", told)
	case out.left < 0:
		return nil, told, problem.New(problem.Invalid, "the output of gpg has more than %d MiB", maxOutput>>20)
	case err != nil:
		return nil, told, problem.New(problem.Invalid, "gpg: %s", cmp.Or(told, err.Error()))
	}
	return out.Bytes(), told, nil
}

// environment returns the variables for gpg and the agent that it may start.
func environment() []string {
	list := []string{"LC_ALL=C"}
	for _, name := range []string{"PATH", "HOME", "GNUPGHOME", "USER", "LOGNAME", "XDG_RUNTIME_DIR", "TMPDIR"} {
		if value, set := os.LookupEnv(name); set {
			list = append(list, name+"="+value)
		}
	}
	return list
}

// pipeIn makes a text readable for a command as descriptor 3.
func pipeIn(command *exec.Cmd, text string) (done func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("a pipe to gpg: %w", err)
	}
	command.ExtraFiles = []*os.File{r}
	go func() {
		defer w.Close()
		_, _ = io.WriteString(w, text+"\n") // gpg reports a missing passphrase
	}()
	return func() { r.Close() }, nil
}

// limited keeps left bytes. With more, left becomes negative.
type limited struct {
	bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if keep := min(len(p), max(l.left, 0)); keep > 0 {
		l.Buffer.Write(p[:keep])
	}
	l.left -= len(p)
	return len(p), nil
}

// Rings are the keyrings to search. Empty names mean gpg's own keyring.
type Rings struct {
	Public string
	Secret string // GnuPG 1 has a keyring of secrets; later versions have them in their home
}

// ringPattern matches valid names of keyrings in the home.
var ringPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+@-]{0,199}$`)

// args returns the arguments that select keyrings.
func (g Program) args(r Rings) (args []string, err error) {
	if r.Public != "" {
		file, err := g.ring(r.Public)
		if err != nil {
			return nil, err
		}
		if err := present(file, r.Public); err != nil {
			return nil, err
		}
		args = append(args, "--no-default-keyring", "--keyring", file)
	}
	if r.Secret != "" {
		file, err := g.ring(r.Secret)
		if err != nil {
			return nil, err
		}
		args = append(args, "--secret-keyring", file)
	}
	return args, nil
}

// ring returns the file of a keyring.
func (g Program) ring(name string) (string, error) {
	if filepath.IsAbs(name) && filepath.Clean(name) == name {
		return name, present(name, name)
	}
	if !ringPattern.MatchString(name) {
		return "", problem.New(problem.Invalid, "%.200q is not a keyring", name).In("keyring").
			WithHint("use the name of a file in the GnuPG home, such as trustedkeys.gpg, or the absolute path of an existing file")
	}
	home, err := g.home()
	return filepath.Join(home, name), err
}

// home returns the absolute path of the GnuPG home.
func (g Program) home() (string, error) {
	if home := cmp.Or(g.Home, os.Getenv("GNUPGHOME")); home != "" {
		return filepath.Abs(home)
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", problem.New(problem.Unavailable, "there is no GnuPG home: %w", err).WithHint("set GNUPGHOME")
	}
	return filepath.Join(user, ".gnupg"), nil
}

// present returns problem.NotFound for a missing keyring.
func present(file, name string) error {
	info, err := os.Stat(file)
	if err == nil && info.Mode().IsRegular() {
		return nil
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return problem.New(problem.NotFound, "there is no keyring %s", name).In("keyring")
	}
	return problem.New(problem.Unavailable, "keyring %s: %w", name, err).In("keyring")
}
