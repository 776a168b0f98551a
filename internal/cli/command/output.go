package command

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"text/tabwriter"
)

// Show writes one answer: as JSON, or by text.
func (p *Program) Show(answer any, text func()) error {
	if !p.json {
		text()
		return nil
	}
	encoder := json.NewEncoder(p.Out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(answer)
}

// Print writes a line of the answer.
func (p *Program) Print(format string, args ...any) { fmt.Fprintf(p.Out, format+"\n", args...) }

// Say writes a line about the work of a command, beside its answer.
func (p *Program) Say(format string, args ...any) { fmt.Fprintf(p.Err, format+"\n", args...) }

// Details writes names and values below each other, without empty values.
func (p *Program) Details(pairs ...string) {
	t := tabwriter.NewWriter(p.Out, 0, 8, 2, ' ', 0)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(t, "%s:\t%s\n", pairs[i], pairs[i+1])
		}
	}
	_ = t.Flush()
}

// Table writes items, at most --limit: as a JSON array, or as a table with a row for each. It
// writes them as they come.
func Table[T any](r *Run, items iter.Seq2[T, error], header string, row func(T) []string) error {
	items = First(items, r.limit)
	if r.json {
		return array(r.Out, items)
	}
	w := tabwriter.NewWriter(r.Out, 0, 8, 2, ' ', 0)
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
	before, end := "[\n  ", "[]\n"
	for item, err := range items {
		if err != nil {
			return err
		}
		text, err := json.Marshal(item)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s%s", before, text)
		before, end = ",\n  ", "\n]\n"
	}
	_, err := fmt.Fprint(w, end)
	return err
}

// First returns the first n items; 0 returns all.
func First[T any](items iter.Seq2[T, error], n int) iter.Seq2[T, error] {
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

// Each returns the items of a slice, without an error.
func Each[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}
