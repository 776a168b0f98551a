package people

import (
	"crypto/rand"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/problem"
)

// definePassword defines the flag that names the file of a password.
func definePassword(f command.Flags, file *string) {
	f.String(file, "password-file", "file with the password in its first line; - is standard input")
}

// readPassword reads the password of a file, or without a file asks for one on a terminal, or else
// generates one. generated is the password if it was generated, and must be shown.
func readPassword(p *command.Program, file string) (password, generated string, err error) {
	if file != "" {
		password, err = p.Passphrase(file)
		if err == nil && password == "" {
			err = problem.New(problem.Invalid, "there is no password in the first line").In(file)
		}
		return password, "", err
	}
	terminal, ok := p.In.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		password = rand.Text()
		return password, password, nil
	}
	ask := func(what string) (string, error) {
		fmt.Fprint(p.Err, what)
		typed, err := term.ReadPassword(int(terminal.Fd()))
		fmt.Fprintln(p.Err)
		return string(typed), err
	}
	if password, err = ask("Password (empty: generate one): "); err != nil || password == "" {
		password = rand.Text()
		return password, password, err
	}
	again, err := ask("Password again: ")
	if err == nil && again != password {
		err = problem.New(problem.Invalid, "the passwords differ").In("password")
	}
	return password, "", err
}
