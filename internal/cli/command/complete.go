package command

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Words lists the words that an argument or a flag may be. The arguments of r are those before it.
// An error ends the list silently: a shell has no place to show it.
type Words func(r *Run) iter.Seq2[string, error]

// maxCompletions bounds the words that a shell is offered.
const maxCompletions = 500

// completeTimeout is the longest wait after a press of the tab key.
const completeTimeout = 3 * time.Second

// completer returns the function of cobra that completes by words.
func (p *Program) completer(words Words) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) (found []string, _ cobra.ShellCompDirective) {
		p.completing = true
		ctx, cancel := context.WithTimeout(c.Context(), completeTimeout)
		defer cancel()
		for word, err := range words(&Run{Program: p, Args: args, ctx: ctx, command: c}) {
			if err != nil || len(found) == maxCompletions {
				break
			}
			if word != "" && strings.HasPrefix(word, typed) && !slices.Contains(args, word) && !slices.Contains(found, word) {
				found = append(found, word)
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// completer returns the function that completes the arguments.
func (s Spec) completer(p *Program, f form) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		n := len(args)
		switch {
		case n < len(s.Complete):
			return p.completer(s.Complete[n])(c, args, typed)
		case s.Files:
			return nil, cobra.ShellCompDirectiveDefault
		case f.many && len(s.Complete) == len(f.names):
			return p.completer(s.Complete[len(s.Complete)-1])(c, args, typed)
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// OneOf completes fixed words.
func OneOf(words ...string) Words {
	return func(*Run) iter.Seq2[string, error] { return Each(words) }
}

// Nothing completes nothing, not even names of files.
func Nothing(*Run) iter.Seq2[string, error] { return Each[string](nil) }

// NamesOf returns a word of each item.
func NamesOf[T any](items iter.Seq2[T, error], name func(T) string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for item, err := range items {
			if err != nil {
				yield("", err)
				return
			}
			if !yield(name(item), nil) {
				return
			}
		}
	}
}
