package landscapeapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/api/landscape"
)

// The exit codes, which are the original's.
const (
	exitDone    = 0
	exitFailed  = 1 // nothing was asked: the command line is wrong, or no server answers
	exitRefused = 2 // the server refused
)

// Command is the program landscape-api.
type Command struct {
	Name     string             // as it is called: landscape-api
	Actions  []landscape.Action // its commands, usually all [landscape.Actions]
	Out, Err io.Writer
	Getenv   func(string) string
	// Connect returns a client of the server that Aptarium's own commands use, which
	// needs no key pair.
	Connect func(ctx context.Context, at Place) (Post, error)
}

// Place is the address of an Aptarium, from the command line. Empty fields mean the defaults.
type Place struct {
	Server string // URL
	Data   string // folder
	Config string // file
}

// Run runs one command line and returns its exit code: 0 if it was done, 2 if the server
// refused it, 1 if it failed earlier.
func (c Command) Run(ctx context.Context, args []string) int {
	err := c.run(ctx, args)
	if err == nil {
		return exitDone
	}
	if r, ok := errors.AsType[refusal](err); ok {
		r.print(c.Err)
		return exitRefused
	}
	fmt.Fprintln(c.Err, printable(err.Error()))
	if u, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintf(c.Err, "Type '%s' to see how it is called.\n", strings.TrimSpace(c.Name+" help "+u.action))
	}
	return exitFailed
}

func (c Command) run(ctx context.Context, args []string) error {
	l, err := readLine(args)
	if err != nil {
		return err
	}
	if l.action == "help" && len(l.rest) > 0 {
		l.action, l.help = l.rest[0], true
	}
	switch {
	case len(args) == 0, l.action == "help", l.help && l.action == "":
		return c.overview()
	case l.action == "":
		return usagef("Please specify an action.")
	case l.action == "call" && l.help:
		return c.helpOfCall()
	}
	action, parameters, err := c.request(l)
	if err != nil || l.help {
		if u, ok := errors.AsType[usageError](err); ok && u.action == "" && action.Name != "" {
			return usageError{err.Error(), l.action}
		}
		return err
	}
	return c.ask(ctx, l, action.Name, parameters)
}

// request finds the action of a command line and encodes its parameters; or writes the
// help of the action.
func (c Command) request(l line) (action landscape.Action, parameters map[string]string, err error) {
	if l.action == "call" {
		return rawCall(l.rest)
	}
	i := slices.IndexFunc(c.Actions, func(a landscape.Action) bool { return CommandName(a.Name) == l.action })
	if i < 0 {
		return action, nil, c.unknown(l.action)
	}
	action = c.Actions[i]
	if l.help {
		return action, nil, c.helpOf(action)
	}
	typed, err := arguments(action, l.rest)
	if err == nil {
		parameters, err = encode(action, typed)
	}
	return action, parameters, err
}

// unknown is the error of a command that is none.
func (c Command) unknown(name string) error {
	if name == "ssh" {
		return usagef("Unknown action: ssh. Computers are not managed here; ssh to them by their names.")
	}
	return usagef("Unknown action: %s. An action that only the server knows is asked for with `%s call ActionName key=value…`.", name, c.Name)
}

// rawCall reads `call ActionName key=value…`, whose parameters go out as they are.
func rawCall(words []string) (action landscape.Action, parameters map[string]string, err error) {
	words = slices.DeleteFunc(slices.Clone(words), func(word string) bool { return word == "--" })
	if len(words) == 0 {
		return action, nil, usagef("call wants the name of an action, such as GetComputers")
	}
	action.Name, parameters = words[0], map[string]string{}
	for _, word := range words[1:] {
		name, value, ok := strings.Cut(word, "=")
		if _, twice := parameters[name]; !ok || name == "" || twice || name == "action" || name == "version" {
			return action, nil, usagef("%q is no parameter: each is KEY=VALUE, once, and besides action and version", word)
		}
		parameters[name] = value
	}
	return action, parameters, nil
}

// ask sends the request and prints the answer.
func (c Command) ask(ctx context.Context, l line, action string, parameters map[string]string) error {
	post, err := c.connect(ctx, l)
	if err != nil {
		return err
	}
	parameters["action"], parameters["version"] = action, c.version()
	answer, err := post(ctx, parameters)
	if err != nil {
		return err
	}
	body, err := read(answer)
	if err != nil {
		return err
	}
	return c.show(action, body, l.json)
}

// version is that of the API to speak.
func (c Command) version() string {
	if version := c.Getenv("LANDSCAPE_API_VERSION"); version != "" {
		return version
	}
	return landscape.Versions()[0]
}
