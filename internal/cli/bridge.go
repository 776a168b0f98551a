package cli

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/cli/command"
)

// This file lets commands that do not use package command yet run on it.

type program struct{ *command.Program }

type session = command.Session

type completer = cobra.CompletionFunc

type duration = command.Duration

type retention struct{ collections.Retention }

func (r *retention) define(p *program, c *cobra.Command, states string) {
	command.NewFlags(p.Program, c).Retention(&r.Retention, states)
}

func (r *retention) given(c *cobra.Command) bool { return c.Flags().Changed("retention") }

func retained(r collections.Retention) string { return command.Retained(r) }

var errSaid = command.ErrReported

func (p *program) session(ctx context.Context) (*session, error) { return p.Program.Session(ctx) }

func (p *program) show(v any, text func(w io.Writer)) error {
	return p.Show(v, func() { text(p.Out) })
}

func (p *program) say(format string, args ...any) { p.Say(format, args...) }

func (p *program) done(err error, format string, args ...any) error {
	if err == nil && !p.JSON() {
		p.Print(format, args...)
	}
	return err
}

func answering[T any](p *program, ask func(ctx context.Context, s *session, args []string) (T, error), text func(w io.Writer, answer T)) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		answer, err := ask(c.Context(), s, args)
		if err != nil {
			return err
		}
		return p.show(answer, func(w io.Writer) { text(w, answer) })
	}
}

func table[T any](p *program, items iter.Seq2[T, error], header string, row func(T) []string) error {
	return command.Table(&command.Run{Program: p.Program}, items, header, row)
}

func some[T any](items iter.Seq2[T, error], n int) iter.Seq2[T, error] {
	return command.First(items, n)
}

func each[T any](items []T) iter.Seq2[T, error] { return command.Each(items) }

func details(w io.Writer, pairs ...string) {
	(&command.Program{Streams: command.Streams{Out: w}}).Details(pairs...)
}

func (p *program) completeBy(words command.Words) completer { return p.Completer(words) }

func (p *program) complete(words func(ctx context.Context, s *session, args []string) iter.Seq2[string, error]) completer {
	return p.Completer(func(r *command.Run) iter.Seq2[string, error] {
		s, err := r.Session(r.Context())
		if err != nil {
			return command.Nothing(r)
		}
		return words(r.Context(), s, r.Args)
	})
}

func words[T any](items iter.Seq2[T, error], word func(T) string) iter.Seq2[string, error] {
	return command.NamesOf(items, word)
}

func only(n int, f completer) completer {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return f(c, args, typed)
	}
}

func oneOf(words ...string) completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

func completeFlag(c *cobra.Command, flag string, f completer) {
	_ = c.RegisterFlagCompletionFunc(flag, f)
}

func (p *program) collections(kind string) completer {
	return p.completeBy(command.Collections(kind))
}
func (p *program) references() completer    { return p.completeBy(command.References) }
func (p *program) states() completer        { return p.completeBy(command.States) }
func (p *program) places() completer        { return only(2, p.completeBy(command.Publications()[0])) }
func (p *program) keyNames() completer      { return p.completeBy(command.Keys) }
func (p *program) pocketNames() completer   { return p.completeBy(command.Pockets) }
func (p *program) endpointNames() completer { return p.completeBy(command.Endpoints) }

func defineNoWait(c *cobra.Command, noWait *bool) {
	c.Flags().BoolVar(noWait, "no-wait", false, "do not wait for the activity, but write its id")
}

func (p *program) await(ctx context.Context, _ *session, a usecase.Activity, noWait bool) error {
	return command.NewRun(p.Program, ctx, noWait).Await(a)
}

func (p *program) follow(ctx context.Context, _ *session, id int64) (usecase.Activity, error) {
	return p.Follow(ctx, id)
}

type progress = command.Progress

func (p *program) newProgress() progress { return p.NewProgress() }

func size(n int64) string                      { return command.Size(n) }
func age(t time.Time) string                   { return command.Age(t) }
func span(d time.Duration) string              { return command.Span(d) }
func moment(t time.Time) string                { return command.Moment(t) }
func count(n int, one, many string) string     { return command.Count(n, one, many) }
func terms(words []string, none string) string { return command.Terms(words, none) }
func yes(b bool) string                        { return command.Yes(b) }
func dash(word string) string                  { return command.Dash(word) }
func orDash(n int64) string                    { return command.Number(n) }

func (p *program) readInput(name string) ([]byte, error)  { return p.ReadInput(name) }
func (p *program) passphrase(file string) (string, error) { return p.Passphrase(file) }

func usage(c *cobra.Command, format string, args ...any) error {
	return command.Usage(c, format, args...)
}

func group(c *cobra.Command, below ...*cobra.Command) *cobra.Command {
	return command.Group(c, below...)
}

func arguments(many bool, names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return usage(c, "%s is missing", names[len(args)])
		}
		if len(args) > len(names) && !many {
			return usage(c, "%q is one argument too many", args[len(names)])
		}
		return nil
	}
}

func exactly(names ...string) cobra.PositionalArgs { return arguments(false, names...) }
func atLeast(names ...string) cobra.PositionalArgs { return arguments(true, names...) }

var (
	_ = client.New
	_ mirrors.Mirror
	_ = routes.ListMirrors
)
