package landscapeapi

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/landscape"
)

// Complete returns the completions of the last word of a command line, whose beginning
// is typed: actions, then the options of the named action.
func Complete(actions []landscape.Action, before []string, typed string) ([]string, cobra.ShellCompDirective) {
	l, err := readLine(before)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []string
	add := func(word string) {
		if strings.HasPrefix(word, typed) {
			words = append(words, word)
		}
	}
	directive := cobra.ShellCompDirectiveNoFileComp
	if l.action == "" || l.action == "help" && len(l.rest) == 0 {
		add("call")
		add("help")
		for _, a := range actions {
			add(CommandName(a.Name))
		}
	}
	if i := slices.IndexFunc(actions, func(a landscape.Action) bool { return CommandName(a.Name) == l.action }); i >= 0 {
		for _, p := range actions[i].Parameters {
			if p.Optional {
				add("--" + optionOf(p))
			}
			if isFile(p) {
				directive = cobra.ShellCompDirectiveDefault
			}
		}
	}
	if strings.HasPrefix(typed, "-") {
		for _, o := range commonOptions {
			add("--" + o.name)
		}
	}
	slices.Sort(words)
	return words, directive
}
