package repositories

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// found is a file to add to a repo.
type found struct {
	path string
	size int64
}

// collector gathers files, each once.
type collector struct {
	files []found
	seen  map[string]bool // by cleaned path
}

// collect returns the files of packages that arguments name: files, with the files that they list,
// and directories, with all packages below.
func collect(arguments []string) ([]found, error) {
	c := collector{seen: map[string]bool{}}
	for _, name := range arguments {
		info, err := os.Stat(name)
		if err != nil {
			return nil, problem.New(problem.Invalid, "%w", err)
		}
		if info.IsDir() {
			err = c.walk(name)
		} else {
			err = c.add(name)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(c.files) == 0 {
		return nil, problem.New(problem.NotFound, "there is no package in %s", strings.Join(arguments, ", ")).
			WithHint("packages end in .deb, .udeb, .ddeb, .dsc or .changes")
	}
	return c.files, nil
}

// walk adds the packages of a directory and those below.
func (c *collector) walk(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return problem.New(problem.Invalid, "%w", err)
		}
		if entry.IsDir() {
			return nil
		}
		switch filepath.Ext(path) {
		case ".deb", ".udeb", ".ddeb", ".dsc", ".changes":
			return c.add(path)
		}
		return nil
	})
}

// add adds a file and the files that it lists.
func (c *collector) add(path string) error {
	path = filepath.Clean(path)
	if c.seen[path] {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return problem.New(problem.Invalid, "%w", err)
	}
	if !info.Mode().IsRegular() {
		return problem.New(problem.Invalid, "is no regular file").In(path)
	}
	c.seen[path] = true
	c.files = append(c.files, found{path, info.Size()})
	names, err := listed(path)
	if err != nil {
		return problem.New(problem.Invalid, "%w", err).In(path)
	}
	for _, name := range names {
		below := filepath.Join(filepath.Dir(path), name)
		if _, err := os.Stat(below); err != nil && filepath.Ext(path) == ".dsc" {
			continue // the server may have it from the version before
		}
		if err := c.add(below); err != nil {
			return err
		}
	}
	return nil
}

// maxListing bounds a .dsc or .changes file.
const maxListing = 16 << 20

// listed returns the names of the files that a .dsc or .changes file lists.
func listed(path string) (names []string, err error) {
	extension := filepath.Ext(path)
	if extension != ".dsc" && extension != ".changes" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxListing))
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(text, []byte("-----BEGIN PGP SIGNED MESSAGE-----")) {
		if text, err = openpgp.Cleartext(text); err != nil {
			return nil, err
		}
	}
	var files []debfile.ListedFile
	if extension == ".dsc" {
		d, err := debfile.ReadDsc(text)
		if err != nil {
			return nil, err
		}
		files = d.Files
	} else {
		d, err := debfile.ReadChanges(text)
		if err != nil {
			return nil, err
		}
		files = d.Files
	}
	for _, f := range files {
		if f.Name != filepath.Base(f.Name) || f.Name == ".." || f.Name == "." {
			return nil, problem.New(problem.Invalid, "lists %q, which is no plain name of a file", f.Name)
		}
		names = append(names, f.Name)
	}
	return names, nil
}
