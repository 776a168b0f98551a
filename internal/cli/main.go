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

	"github.com/aptarium/aptarium/internal/problem"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// streams are what a command reads from and writes to, and the environment
// variables it sees.
type streams struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	getenv func(string) string
}

// Main runs the command of this process and gives its exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends us at once
	s := streams{os.Stdin, os.Stdout, os.Stderr, os.Getenv}
	if filepath.Base(os.Args[0]) == landscapeName {
		return runLandscape(ctx, os.Args[1:], s)
	}
	return run(ctx, os.Args[1:], s)
}

// runLandscape runs a command line of Landscape's client, whose name we have. A shell
// that wants it completed gets that of the command.
func runLandscape(ctx context.Context, args []string, s streams) int {
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		return run(ctx, slices.Insert(args, 1, landscapeName), s)
	}
	p := &program{streams: s}
	code := p.landscapeRun(ctx, landscapeName, args)
	if err := p.close(); err != nil {
		tell(s.err, err)
		return exitFailed
	}
	return code
}

// run runs one command line.
func run(ctx context.Context, args []string, s streams) int {
	p := &program{streams: s}
	root := p.root()
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := errors.Join(root.ExecuteContext(ctx), p.close())
	if err == nil {
		return exitDone
	}
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	tell(s.err, err)
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// tell writes an error for people: what is wrong, and on a line of its own what
// to do about it.
func tell(w io.Writer, err error) {
	if errors.Is(err, errSaid) {
		return
	}
	message, hint := err.Error(), ""
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		// The hint gets a line of its own, wherever in the text it is.
		plain := strings.TrimPrefix(p.Field+": ", ": ") + p.Message
		message, hint = strings.Replace(message, p.Error(), plain, 1), p.Hint
	}
	if u, ok := errors.AsType[usageError](err); ok {
		hint = u.hint
	}
	fmt.Fprintf(w, "aptarium: %s\n", message)
	if hint != "" {
		fmt.Fprintf(w, "hint: %s\n", hint)
	}
}

// errSaid is the error of a command that has told on its output what is wrong.
var errSaid = errors.New("failed, as said above")

// exitCode is the error of a command that has told what is wrong, and ends with a code
// of its own.
type exitCode int

// Error is for nobody to read.
func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// usageError is a command line that means nothing.
type usageError struct {
	error
	hint string
}
