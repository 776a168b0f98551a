package landscapeapi

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/api/landscape/wire"
)

// overview prints the options and the actions.
func (c Command) overview() error {
	w := &page{}
	w.line("Usage: %s [OPTION]… ACTION [ARGUMENT]…", c.Name)
	w.line("\nOptions:")
	for _, o := range commonOptions {
		w.entry(strings.TrimSpace("--"+o.name+" "+o.value), o.doc)
	}
	w.line("\nActions:")
	names := []string{"call", "help"}
	for _, a := range c.Actions {
		names = append(names, CommandName(a.Name))
	}
	slices.Sort(names)
	for _, name := range names {
		w.line("  %s", name)
	}
	w.line("\nType '%s help ACTION' for help on a specific action.", c.Name)
	return w.print(c.Out)
}

// helpOfCall prints the help of the command call.
func (c Command) helpOfCall() error {
	w := &page{}
	w.line("Usage: %s call ACTION [KEY=VALUE]…", c.Name)
	w.line("")
	w.text("Asks for an action by its name, such as GetComputers, with parameters as the API has them: items of a list are names.1=A names.2=B.")
	return w.print(c.Out)
}

// helpOf prints the help of an action.
func (c Command) helpOf(a landscape.Action) error {
	w := &page{}
	w.text("Usage: " + c.Name + " " + Synopsis(a))
	w.line("")
	w.text(a.Doc)
	for i, heading := range []string{"Arguments", "Options"} {
		for j, p := range ofKind(a, i == 1) {
			if j == 0 {
				w.line("\n%s:", heading)
			}
			w.entry(argument(p), explain(p))
		}
	}
	if a.Returns != "" {
		w.line("")
		w.text("Prints: " + a.Returns)
	}
	return w.print(c.Out)
}

// ofKind returns the required or the optional parameters.
func ofKind(a landscape.Action, optional bool) (list []wire.Parameter) {
	for _, p := range a.Parameters {
		if p.Optional == optional {
			list = append(list, p)
		}
	}
	return list
}

// Synopsis returns the command of an action with its options and arguments.
func Synopsis(a landscape.Action) string {
	words := []string{CommandName(a.Name)}
	for _, p := range ofKind(a, true) {
		words = append(words, "["+argument(p)+"]")
	}
	for _, p := range ofKind(a, false) {
		words = append(words, argument(p))
	}
	return strings.Join(words, " ")
}

// argument is how a parameter is written on the command line.
func argument(p wire.Parameter) string {
	switch value := placeholder(p); {
	case greedy(p):
		return value + "…"
	case !p.Optional:
		return value
	case flag(p):
		return "--" + optionOf(p)
	default:
		return "--" + optionOf(p) + " " + value
	}
}

// explain returns the meaning of a parameter and the form of its value.
func explain(p wire.Parameter) string {
	var how []string
	switch {
	case isFile(p):
		how = append(how, "the path of a file")
	case p.Type == wire.List:
		how = append(how, "parted by commas")
	case p.Type == wire.Mapping:
		how = append(how, "KEY=VALUE, parted by commas")
	case p.Type == wire.Boolean && !flag(p):
		how = append(how, "true or false")
	case p.Type == wire.Date:
		how = append(how, "as 2026-11-21T16:00:00Z")
	}
	if p.Default != "" && p.Optional && !flag(p) {
		how = append(how, "if not given: "+p.Default)
	}
	if len(how) == 0 {
		return p.Doc
	}
	return strings.TrimSuffix(p.Doc, ".") + " (" + strings.Join(how, "; ") + ")."
}

// page is text for a terminal 80 columns wide.
type page struct{ b strings.Builder }

const (
	pageWidth  = 79
	pageColumn = 26 // where explanations begin
)

func (w *page) line(format string, args ...any) { fmt.Fprintf(&w.b, format+"\n", args...) }

// text writes a paragraph.
func (w *page) text(s string) { w.fill("", s, 0) }

// entry writes a word and beside it, or below if it is long, what it means.
func (w *page) entry(word, doc string) {
	first := "  " + word
	if utf8.RuneCountInString(first) >= pageColumn {
		w.line("%s", first)
		first = ""
	}
	w.fill(first, doc, pageColumn)
}

// fill writes words after what a line begins with, on lines that all begin at the same
// column.
func (w *page) fill(first, words string, column int) {
	line := first + strings.Repeat(" ", max(0, column-utf8.RuneCountInString(first)))
	empty := true
	for word := range strings.FieldsSeq(words) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > pageWidth {
			w.line("%s", line)
			line, empty = strings.Repeat(" ", column), true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	w.line("%s", strings.TrimRight(line, " "))
}

func (w *page) print(out io.Writer) error {
	_, err := io.WriteString(out, w.b.String())
	return err
}
