package command

import (
	"context"

	"github.com/spf13/cobra"
)

// Spec declares a command.
type Spec struct {
	// Use is the name and the arguments. Arguments are checked against it: NAME is needed, [NAME]
	// is not, of [URL SUITE] both or none are given, PACKAGE… is one or more, and a flag outside of
	// brackets, as --from REF, is needed too.
	Use     string
	Short   string // verb and object, at most eight words
	Long    string
	Example string

	// Complete completes the arguments, by position; the last one also completes all others of an
	// argument with …. Arguments without one are not completed.
	Complete []Words
	Files    bool // whether arguments without an entry in Complete are names of files

	Flags func(f Flags) // defines the flags
	Limit bool          // whether --limit bounds the list
	Waits bool          // whether the command awaits an activity, unless called with --no-wait
}

// New returns a command that calls do. The arguments and needed flags are there then.
func New(p *Program, spec Spec, do func(r *Run) error) *cobra.Command {
	c := &cobra.Command{Use: spec.Use, Short: spec.Short, Long: spec.Long, Example: spec.Example}
	form := parseForm(spec.Use)
	c.Args = form.check
	c.ValidArgsFunction = spec.completer(p, form)
	var checks []func(c *cobra.Command) error
	flags := Flags{c.Flags(), p, c, &checks}
	if spec.Flags != nil {
		spec.Flags(flags)
	}
	var limit int
	if spec.Limit {
		limit = 20
		flags.Int(&limit, "limit", "maximum number of items; 0 for all")
	}
	var noWait bool
	if spec.Waits {
		flags.Bool(&noWait, "no-wait", "do not wait for the activity, but write its id")
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		for _, check := range append(checks, form.checkFlags) {
			if err := check(c); err != nil {
				return err
			}
		}
		return do(&Run{Program: p, Args: args, ctx: c.Context(), command: c, limit: limit, noWait: noWait})
	}
	return c
}

// Run is one call of a command.
type Run struct {
	*Program
	Args []string

	ctx     context.Context
	command *cobra.Command
	limit   int
	noWait  bool
}

// Context returns the context of the call, which ends with an interrupt.
func (r *Run) Context() context.Context { return r.ctx }

// Command returns the command that was called.
func (r *Run) Command() *cobra.Command { return r.command }

// Given reports whether a flag was given.
func (r *Run) Given(flag string) bool { return r.command.Flags().Changed(flag) }

// Usage returns the error of a wrong call.
func (r *Run) Usage(format string, args ...any) error { return Usage(r.command, format, args...) }

// Group returns a command that only has others below it.
func Group(c *cobra.Command, below ...*cobra.Command) *cobra.Command {
	c.AddCommand(below...)
	c.Args = cobra.ArbitraryArgs
	c.SuggestionsMinimumDistance = 2
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			return Usage(c, "there is no command %q; do you mean %q?", args[0], near[0])
		}
		return Usage(c, "there is no command %q", args[0])
	}
	return c
}
