package command

import (
	"iter"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// Call calls a route of the session's server.
func Call[In, Out any](r *Run, route routes.Route[In, Out], in In) (out Out, err error) {
	s, err := r.Session(r.ctx)
	if err != nil {
		return out, err
	}
	return client.Call(r.ctx, s.Client, route, in)
}

// paged is the input of a list that comes in parts.
type paged[In any] interface {
	*In
	Part(after string, limit int)
}

// All returns the items of a list of the session's server.
func All[In, T any, P paged[In]](r *Run, route routes.Route[In, usecase.List[T]], in In) iter.Seq2[T, error] {
	s, err := r.Session(r.ctx)
	if err != nil {
		return func(yield func(T, error) bool) {
			var none T
			yield(none, err)
		}
	}
	return client.All[In, T, P](r.ctx, s.Client, route, in)
}

// Answer returns a command that shows one answer: as JSON, or by show.
func Answer[T any](p *Program, spec Spec, ask func(r *Run) (T, error), show func(r *Run, answer T)) *cobra.Command {
	return New(p, spec, func(r *Run) error {
		answer, err := ask(r)
		if err != nil {
			return err
		}
		return r.Show(answer, func() { show(r, answer) })
	})
}

// Ask returns a command that calls a route and shows its answer.
func Ask[In, Out any](p *Program, spec Spec, route routes.Route[In, Out], in func(r *Run) In, show func(r *Run, answer Out)) *cobra.Command {
	return Answer(p, spec, func(r *Run) (Out, error) { return Call(r, route, in(r)) }, show)
}

// Do returns a command that calls a route without an answer, and says so to people: done is a
// format for the arguments of the command, with a verb for each.
func Do[In any](p *Program, spec Spec, route routes.Route[In, routes.None], in func(r *Run) In, done string) *cobra.Command {
	return New(p, spec, func(r *Run) error {
		if _, err := Call(r, route, in(r)); err != nil || r.json {
			return err
		}
		args := make([]any, len(r.Args))
		for i, arg := range r.Args {
			args[i] = arg
		}
		r.Print(done, args...)
		return nil
	})
}

// Start returns a command that starts an activity and awaits it.
func Start(p *Program, spec Spec, start func(r *Run) (usecase.Activity, error)) *cobra.Command {
	spec.Waits = true
	return New(p, spec, func(r *Run) error {
		a, err := start(r)
		if err != nil {
			return err
		}
		return r.Await(a)
	})
}

// List returns a command that lists items, in a table with a header and a row for each.
func List[T any](p *Program, spec Spec, items func(r *Run) iter.Seq2[T, error], header string, row func(T) []string) *cobra.Command {
	return New(p, spec, func(r *Run) error { return Table(r, items(r), header, row) })
}

// Every returns the items of a list that needs no input but its parts.
func Every[T any](route routes.Route[routes.Paging, usecase.List[T]]) func(r *Run) iter.Seq2[T, error] {
	return func(r *Run) iter.Seq2[T, error] { return All(r, route, routes.Paging{}) }
}

// Named returns the input of a route for the thing that the first argument names.
func Named(r *Run) routes.Named { return routes.Named{Name: r.Args[0]} }

// Items returns the items of a list that comes whole.
func Items[T any](list usecase.List[T], err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		Each(list.Items)(yield)
	}
}

// Create returns a command that sends in to a route, with the first argument as its name.
func Create[T, Out any](p *Program, spec Spec, route routes.Route[routes.Body[T], Out], in *T, name *string, show func(r *Run, made Out)) *cobra.Command {
	return Ask(p, spec, route, func(r *Run) routes.Body[T] {
		*name = r.Args[0]
		return routes.Send(*in)
	}, show)
}

// Edit returns a command that sends in to a route for the thing that the first argument names.
func Edit[T, Out any](p *Program, spec Spec, route routes.Route[routes.NamedBody[T], Out], in *T, show func(r *Run, changed Out)) *cobra.Command {
	return Ask(p, spec, route, func(r *Run) routes.NamedBody[T] { return routes.SendTo(r.Args[0], *in) }, show)
}

// Pages returns the items of a list for an input that flags complete.
func Pages[In, T any, P paged[In]](route routes.Route[In, usecase.List[T]], in *In) func(r *Run) iter.Seq2[T, error] {
	return func(r *Run) iter.Seq2[T, error] { return All[In, T, P](r, route, *in) }
}
