package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/cli/machines"
	"github.com/aptarium/aptarium/internal/problem"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// Main runs the command line of this process and returns its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends us at once
	s := command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv}
	if filepath.Base(os.Args[0]) == machines.LandscapeName {
		return runLandscape(ctx, os.Args[1:], s)
	}
	return run(ctx, os.Args[1:], s)
}

// runLandscape runs a command line of Landscape's client. A request of a shell for completion goes to the
// command of that name.
func runLandscape(ctx context.Context, args []string, s command.Streams) int {
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		return run(ctx, slices.Insert(args, 1, machines.LandscapeName), s)
	}
	p := &command.Program{Streams: s}
	code := machines.RunLandscape(ctx, p, machines.LandscapeName, args)
	if err := p.Close(); err != nil {
		report(s.Err, err)
		return exitFailed
	}
	return code
}

// run runs one command line.
func run(ctx context.Context, args []string, s command.Streams) int {
	p := &command.Program{Streams: s}
	root := newRoot(p)
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := errors.Join(root.ExecuteContext(ctx), p.Close())
	if err == nil {
		return exitDone
	}
	if code, ok := errors.AsType[command.ExitCode](err); ok {
		return int(code)
	}
	report(s.Err, err)
	if _, ok := errors.AsType[command.UsageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// report writes an error for people: what is wrong, and on a line of its own what to do about it.
func report(w io.Writer, err error) {
	if errors.Is(err, command.ErrReported) {
		return
	}
	message, hint := err.Error(), ""
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		// The hint gets a line of its own, wherever in the text it is.
		plain := strings.TrimPrefix(p.Field+": ", ": ") + p.Message
		message, hint = strings.Replace(message, p.Error(), plain, 1), p.Hint
	}
	if u, ok := errors.AsType[command.UsageError](err); ok {
		hint = u.Hint
	}
	fmt.Fprintf(w, "aptarium: %s\n", message)
	if hint != "" {
		fmt.Fprintf(w, "hint: %s\n", hint)
	}
}
