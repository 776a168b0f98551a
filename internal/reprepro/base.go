package reprepro

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/problem"
)

// Base is the base directory of a reprepro.
type Base struct {
	dir string
	out string // where dists and pool are
	// Program is the reprepro that lists packages; if empty, the indexes are read instead.
	Program string
}

// maxText is the largest size of a configuration file, in bytes.
const maxText = 4 << 20

// Open reads the options of a base directory. A directory without a configuration of reprepro is a problem of kind
// NotFound.
func Open(dir string) (*Base, error) {
	b := &Base{dir: dir, out: dir}
	options, err := b.read("conf/options")
	if err != nil && !problem.Is(err, problem.NotFound) {
		return nil, err
	}
	for line := range strings.Lines(string(options)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch value = strings.TrimSpace(value); name {
		case "outdir":
			b.out = b.place(value)
		case "dbdir", "distdir", "confdir":
			return nil, problem.New(problem.Invalid, "another %s is not supported", name).In("conf/options").
				WithHint("move it to reprepro's default path")
		}
	}
	if _, err := b.read("conf/distributions"); err != nil {
		return nil, err
	}
	return b, nil
}

// place reads a directory as reprepro(1) has it: +b/ is the base, what is relative
// is so to the current directory, which for a server must be the base too.
func (b *Base) place(path string) string {
	path = strings.TrimPrefix(path, "+b/")
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(b.dir, path)
}

func (b *Base) read(name string) ([]byte, error) {
	path := filepath.Join(b.dir, name)
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, problem.New(problem.NotFound, "there is no base of a reprepro: %w", err).In(path).
			WithHint("use the directory with conf/distributions")
	case errors.Is(err, fs.ErrPermission):
		return nil, problem.New(problem.Denied, "%w", err).In(path).WithHint("run this as reprepro's user")
	case err != nil:
		return nil, problem.New(problem.Invalid, "%w", err).In(path)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxText+1))
	if err != nil {
		return nil, problem.New(problem.Invalid, "%w", err).In(path)
	}
	if len(text) > maxText {
		return nil, problem.New(problem.TooLarge, "has more than %d bytes", maxText).In(path)
	}
	return text, nil
}

// Distribution is a stanza of conf/distributions.
type Distribution struct {
	Codename, Suite            string
	Origin, Label, Version     string
	Description                string
	Architectures              []string // source among them if there are sources
	Components, UDebComponents []string
	SignWith                   []string // keys as gpg names them; yes and default are its default key; none: unsigned
	SignedBy                   string
	NotAutomatic               bool
	ButAutomaticUpgrades       bool
	Contents                   bool // there are Contents indexes
}

// maxDistributions is the largest number of stanzas of a configuration.
const maxDistributions = 1000

// Distributions returns the distributions in the order of the configuration.
func (b *Base) Distributions() ([]Distribution, error) {
	text, err := b.read("conf/distributions")
	if err != nil {
		return nil, err
	}
	var list []Distribution
	scanner := deb822.NewScanner(bytes.NewReader(withoutComments(text)), deb822.Options{})
	for scanner.Next() {
		d, err := readDistribution(scanner.Stanza())
		if err != nil {
			return nil, err
		}
		if list = append(list, d); len(list) > maxDistributions {
			return nil, problem.New(problem.TooLarge, "has more than %d distributions", maxDistributions).In("conf/distributions")
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, problem.New(problem.Invalid, "%w", err).In("conf/distributions")
	}
	return list, nil
}

// withoutComments removes the lines that start with #, also within a stanza.
func withoutComments(text []byte) []byte {
	return slices.Concat(slices.DeleteFunc(bytes.SplitAfter(text, []byte("\n")), func(line []byte) bool {
		return bytes.HasPrefix(bytes.TrimSpace(line), []byte("#"))
	})...)
}

func readDistribution(s *deb822.Stanza) (Distribution, error) {
	words := func(field string) []string { return strings.Fields(string(s.Get(field))) }
	line := func(field string) string { return strings.Join(words(field), " ") }
	yes := func(field string) bool { return strings.EqualFold(line(field), "yes") }
	d := Distribution{
		Codename: line("Codename"), Suite: line("Suite"), Origin: line("Origin"), Label: line("Label"), Version: line("Version"),
		Description: line("Description"), Architectures: words("Architectures"), Components: words("Components"), UDebComponents: words("UDebComponents"),
		SignWith: words("SignWith"), SignedBy: line("Signed-By"), NotAutomatic: yes("NotAutomatic"), ButAutomaticUpgrades: yes("ButAutomaticUpgrades"),
		Contents: s.Get("Contents") != nil && !slices.Contains(words("Contents"), "0"),
	}
	if !filepath.IsLocal(d.Codename) || len(d.Architectures) == 0 || len(d.Components) == 0 {
		return d, problem.New(problem.Invalid, "the distribution at line %d lacks a Codename, Architectures or Components", s.Line()).In("conf/distributions")
	}
	return d, nil
}
