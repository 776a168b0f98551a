package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// timeProgram is GNU time. The system counts the memory of a process that starts
// another one as the other's too, so what starts the programs must be small; a
// program in Go is not.
const timeProgram = "/usr/bin/time"

// environment for the programs: the caller's, without what would lead them
// elsewhere.
func environment(more ...string) (env []string) {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		upper := strings.ToUpper(name)
		if !strings.HasSuffix(upper, "_PROXY") && !strings.HasPrefix(upper, "APTARIUM_") && upper != "GNUPGHOME" {
			env = append(env, entry)
		}
	}
	return append(env, more...)
}

// invoke runs a program that is not measured and returns its standard output.
func invoke(ctx context.Context, env []string, args []string) (string, error) {
	c := grouped(ctx, env, args)
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		return "", failure(args, err, out.String()+said.String())
	}
	return out.String(), nil
}

// measure runs a program under GNU time. What is still to be written to disk
// is written first, so that no program pays for another.
func measure(ctx context.Context, dir string, env []string, args []string) (sample, error) {
	peakFile := filepath.Join(dir, "peak")
	syscall.Sync()
	c := grouped(ctx, env, append([]string{timeProgram, "-f", "%M", "-o", peakFile}, args...))
	began := time.Now()
	said, err := c.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		return sample{}, failure(args, err, string(said))
	}
	text, err := os.ReadFile(peakFile)
	if err != nil {
		return sample{}, fmt.Errorf("peak memory: %w", err)
	}
	peak, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return sample{}, fmt.Errorf("peak memory: %w", err)
	}
	return sample{Wall: took, CPU: c.ProcessState.UserTime() + c.ProcessState.SystemTime(), Peak: peak << 10}, nil
}

// grouped makes a command that ends with all its children when ctx does.
func grouped(ctx context.Context, env, args []string) *exec.Cmd {
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Env = env
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 5 * time.Second
	return c
}

// failure tells what a program said before it failed, or how to get it.
func failure(args []string, err error, said string) error {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: run make bench, or as root: sh test/setup bench", err)
	}
	return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, said)
}
