package landscapeapi

import (
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/api/landscape/wire"
)

// flag reports whether a parameter is an option without a value: a boolean of which
// absent is one of its two values.
func flag(p wire.Parameter) bool {
	return p.Optional && p.Type == wire.Boolean && !p.Nullable
}

// optionOf returns the name of a parameter's option: --x, or for a flag that is true
// unless said otherwise --no-x.
func optionOf(p wire.Parameter) string {
	if flag(p) && p.Default == "true" {
		return "no-" + optionName(p.Name)
	}
	return optionName(p.Name)
}

// arguments reads the words of an action's command into the values of its parameters,
// as typed: options wherever they stand, the others in the order of the table.
func arguments(a landscape.Action, words []string) (map[string]string, error) {
	values, positional := map[string]string{}, []string{}
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		if word == "--" {
			positional = append(positional, words...)
			break
		}
		if !strings.HasPrefix(word, "--") {
			positional = append(positional, word)
			continue
		}
		name, value, given := strings.Cut(word[2:], "=")
		p, err := findOption(a, name)
		if err != nil {
			return nil, err
		}
		switch {
		case !flag(p):
			if value, words, err = valueOf(optionOf(p), value, given, words); err != nil {
				return nil, err
			}
		case given:
			return nil, usagef("--%s takes no value", optionOf(p))
		case p.Default == "true":
			value = "false"
		default:
			value = "true"
		}
		values[p.Name] = value
	}
	return values, assign(a, positional, values)
}

// findOption finds the optional parameter that an option means, by its name or, if no
// other begins so, by its beginning.
func findOption(a landscape.Action, name string) (found wire.Parameter, err error) {
	matches := 0
	for _, p := range a.Parameters {
		switch option := optionOf(p); {
		case !p.Optional:
		case option == name:
			return p, nil
		case strings.HasPrefix(option, name):
			found = p
			matches++
		}
	}
	if matches > 1 {
		return found, usagef("--%s may mean several options", name)
	}
	if matches == 0 || name == "" {
		return found, usagef("%s has no option --%s", CommandName(a.Name), name)
	}
	return found, nil
}

// assign returns the required parameters their words. A query takes all that the others
// leave over, so that it needs no quotes.
func assign(a landscape.Action, words []string, values map[string]string) error {
	required := requiredOf(a)
	if len(words) < len(required) {
		return usagef("%s is missing", placeholder(required[len(words)]))
	}
	spare := len(words) - len(required)
	if spare > 0 && !slices.ContainsFunc(required, greedy) {
		return usagef("%q is one argument too many", words[len(required)])
	}
	for _, p := range required {
		n := 1
		if greedy(p) {
			n += spare
			spare = 0
		}
		values[p.Name] = strings.Join(words[:n], " ")
		words = words[n:]
	}
	return nil
}

// requiredOf returns the parameters that are arguments.
func requiredOf(a landscape.Action) (list []wire.Parameter) {
	for _, p := range a.Parameters {
		if !p.Optional {
			list = append(list, p)
		}
	}
	return list
}

// greedy reports whether a parameter takes several words.
func greedy(p wire.Parameter) bool { return p.Name == "query" && !p.Optional }
