package command

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// form is what the usage line of a command says about its arguments.
type form struct {
	names  []string // of the arguments, in their order
	needed int      // the number of arguments that must be there
	group  bool     // whether the others come together or not at all
	many   bool     // whether the last one may be repeated
	flags  []string // that must be given
}

// parseForm reads a usage line: see [Spec].
func parseForm(use string) (f form) {
	words := strings.Fields(use)[1:]
	for i := 0; i < len(words); i++ {
		word := words[i]
		if optional := strings.HasPrefix(word, "["); optional {
			last := i + slices.IndexFunc(words[i:], func(w string) bool { return strings.HasSuffix(strings.TrimSuffix(w, "…"), "]") })
			if !strings.HasPrefix(word, "[--") {
				f.group = last > i
				f.add(words[i : last+1]...)
			}
			i = last
			continue
		}
		if flag, is := strings.CutPrefix(word, "--"); is {
			i++ // its value
			if i < len(words) && strings.Contains(words[i], "|--") {
				continue // or another flag: see Flags.OneRequired
			}
			f.flags = append(f.flags, flag)
			continue
		}
		f.add(word)
		f.needed = len(f.names)
	}
	return f
}

// add adds arguments without their marks.
func (f *form) add(words ...string) {
	for _, word := range words {
		f.many = f.many || strings.Contains(word, "…")
		word, _, _ = strings.Cut(strings.Trim(word, "[]…"), "[")
		f.names = append(f.names, word)
	}
}

// check checks the number of arguments.
func (f form) check(c *cobra.Command, args []string) error {
	needed := f.needed
	if f.group && len(args) > needed {
		needed = len(f.names)
	}
	if len(args) < needed {
		return Usage(c, "%s is missing", f.names[len(args)])
	}
	if len(args) > len(f.names) && !f.many {
		return Usage(c, "%q is one argument too many", args[len(f.names)])
	}
	return nil
}

// checkFlags checks that the needed flags have values.
func (f form) checkFlags(c *cobra.Command) error {
	for _, name := range f.flags {
		if flag := c.Flag(name); !flag.Changed || flag.Value.String() == "" {
			return Usage(c, "--%s is missing: %s", name, flag.Usage)
		}
	}
	return nil
}
