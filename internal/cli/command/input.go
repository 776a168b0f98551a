package command

import (
	"bytes"
	"io"
	"os"
	"strings"

	"github.com/aptarium/aptarium/internal/aptkeys"
	"github.com/aptarium/aptarium/internal/problem"
)

// ReadInput reads a small file, such as keys or a declaration, or standard input for -.
func (p *Program) ReadInput(name string) ([]byte, error) {
	from := p.In
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, problem.New(problem.Invalid, "%w", err)
		}
		defer file.Close()
		from = file
	}
	data, err := io.ReadAll(io.LimitReader(from, aptkeys.MaxFile+1))
	if err == nil && len(data) > aptkeys.MaxFile {
		err = problem.New(problem.TooLarge, "has more than %s", Size(aptkeys.MaxFile)).In(name)
	}
	return data, err
}

// Passphrase reads the first line of a file; without a file it is empty.
func (p *Program) Passphrase(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := p.ReadInput(file)
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return strings.TrimSuffix(string(line), "\r"), err
}
