package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// show writes one thing: as JSON, or as text writes it.
func (p *program) show(v any, text func(w io.Writer)) error {
	if !p.flags.json {
		text(p.out)
		return nil
	}
	encoder := json.NewEncoder(p.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// answering gives the work of a command that asks for one thing, and shows it.
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

// table writes many things: a JSON array, or a table with a row for each. It
// holds none of them longer than it must.
func table[T any](p *program, items iter.Seq2[T, error], header string, row func(T) []string) error {
	if p.flags.json {
		return array(p.out, items)
	}
	w := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', 0)
	empty := true
	for item, err := range items {
		if err != nil {
			return err
		}
		if empty {
			fmt.Fprintln(w, strings.ReplaceAll(header, " ", "\t"))
			empty = false
		}
		fmt.Fprintln(w, strings.Join(row(item), "\t"))
	}
	return w.Flush()
}

// array writes a JSON array, an item to a line.
func array[T any](w io.Writer, items iter.Seq2[T, error]) error {
	before := "[\n  "
	for item, err := range items {
		if err != nil {
			return err
		}
		text, err := json.Marshal(item)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s%s", before, text)
		before = ",\n  "
	}
	end := "\n]\n"
	if before == "[\n  " {
		end = "[]\n"
	}
	_, err := fmt.Fprint(w, end)
	return err
}

// some takes the first n items; 0 takes all.
func some[T any](items iter.Seq2[T, error], n int) iter.Seq2[T, error] {
	if n <= 0 {
		return items
	}
	return func(yield func(T, error) bool) {
		taken := 0
		for item, err := range items {
			if taken++; !yield(item, err) || taken == n {
				return
			}
		}
	}
}

// each gives the items of a list that is here.
func each[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// details writes names and values below each other, without those that are
// empty.
func details(w io.Writer, pairs ...string) {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(t, "%s:\t%s\n", pairs[i], pairs[i+1])
		}
	}
	_ = t.Flush()
}

// say writes a line about what a command does, beside its result.
func (p *program) say(format string, args ...any) { fmt.Fprintf(p.err, format+"\n", args...) }
