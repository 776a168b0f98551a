package landscapeapi

import (
	"fmt"
	"slices"
	"strings"
)

// line is a command line: the options that all commands have, the action, and what
// is for the action.
type line struct {
	option     map[string]string // by their names, those given
	help, json bool
	action     string
	rest       []string
}

// commonOption is an option that all commands have.
type commonOption struct{ name, value, doc string }

// commonOptions are the options of the original client, then the options of Aptarium's
// commands.
var commonOptions = []commonOption{
	{"help", "", "list the actions, or show how to call one; also -h"},
	{"key", "KEY", "access key to sign requests with (LANDSCAPE_API_KEY)"},
	{"secret", "SECRET", "secret key to sign requests with (LANDSCAPE_API_SECRET)"},
	{"uri", "URI", "address of the API, such as https://landscape.example.com/api/ (LANDSCAPE_API_URI)"},
	{"json", "", "print the JSON that the server answers, not Python's form of it"},
	{"ssl-ca-file", "FILE", "certificates to trust for the server, instead of the system's (LANDSCAPE_API_SSL_CA_FILE)"},
	{"server", "URL", "without a key pair: the Aptarium to speak to (APTARIUM_SERVER; its token is in APTARIUM_TOKEN)"},
	{"data", "DIR", "without a key pair: the data folder whose Aptarium to speak to (APTARIUM_DATA)"},
	{"config", "FILE", "without a key pair: its configuration file (APTARIUM_CONFIG)"},
}

// readLine takes the common options out of a command line, wherever they stand, and
// the first other word as the action.
func readLine(args []string) (line, error) {
	l := line{option: map[string]string{}}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" { // what follows is for the action, and no option
			l.rest = append(l.rest, arg)
			l.rest = append(l.rest, args...)
			break
		}
		name, value, given := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if arg == "-h" {
			arg, name = "--help", "help"
		}
		i := slices.IndexFunc(commonOptions, func(o commonOption) bool { return o.name == name })
		switch {
		case !strings.HasPrefix(arg, "--") && l.action == "":
			l.action = arg
		case !strings.HasPrefix(arg, "--") || i < 0:
			l.rest = append(l.rest, arg)
		default:
			var err error
			if args, err = l.set(commonOptions[i], value, given, args); err != nil {
				return line{}, err
			}
		}
	}
	return l, nil
}

// set notes a common option, whose value may be the next word.
func (l *line) set(o commonOption, value string, given bool, after []string) (rest []string, err error) {
	if o.value != "" {
		value, after, err = valueOf(o.name, value, given, after)
		l.option[o.name] = value
		return after, err
	}
	if given {
		return nil, usagef("--%s takes no value", o.name)
	}
	l.help, l.json = l.help || o.name == "help", l.json || o.name == "json"
	return after, nil
}

// valueOf returns the value of an option: what follows its =, or the next word.
func valueOf(name, value string, given bool, after []string) (string, []string, error) {
	if given {
		return value, after, nil
	}
	if len(after) == 0 || strings.HasPrefix(after[0], "--") {
		return "", nil, usagef("--%s is without its value (one that begins with -- is written --%s=…)", name, name)
	}
	return after[0], after[1:], nil
}

// usageError is a command line that means nothing, or nothing for that action.
type usageError struct {
	message string
	action  string // whose help says more; may be empty
}

// Error returns the message.
func (e usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return usageError{message: fmt.Sprintf(format, args...)}
}
