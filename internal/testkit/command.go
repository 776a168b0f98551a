package testkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// command is how a program is run.
type command struct {
	dir   string    // where; empty means the current folder
	env   []string  // nil means the caller's
	stdin io.Reader // may be nil
	both  bool      // return the standard error together with the output
}

// run returns the program's output. The error carries all that the program
// said, and names the Debian package of a program that is missing.
func (c command) run(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = c.dir, c.env, c.stdin
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if c.both {
		cmd.Stderr = &out
	}
	err := cmd.Run()
	switch {
	case err == nil:
		return out.String(), nil
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("%w: install the Debian package %s", err, debianPackage(program))
	}
	said := stderr.String()
	if c.both {
		said = out.String()
	}
	return out.String(), fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, said)
}

// debianPackage names the Debian package that has a program.
func debianPackage(program string) string {
	switch program {
	case "apt-get", "apt-cache", aptHelper:
		return "apt"
	case "apt-ftparchive":
		return "apt-utils"
	case "dpkg-source", "dpkg-scanpackages":
		return "dpkg-dev"
	case "xz":
		return "xz-utils"
	}
	return program // gpgv, bzip2, dpkg
}
