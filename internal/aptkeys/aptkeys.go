// Package aptkeys reads the keys with which the apt of this machine verifies archives.
package aptkeys

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// MaxFile bounds a file of keys, in bytes.
const MaxFile = 4 << 20

// patterns are where the keys are that apt trusts for sources that name none
// (apt-key(8), "FILES"), and those that Debian and its kin install for others to
// name.
var patterns = []string{
	"/etc/apt/trusted.gpg.d/*.gpg", "/etc/apt/trusted.gpg.d/*.asc", "/usr/share/keyrings/*-archive-keyring.gpg",
}

// Files returns the files of keys that there are, sorted.
func Files() ([]string, error) {
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("looking for keyrings: %w", err)
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	return files, nil
}

// Read reads files of keys, armored or binary, into one armored text. A file that
// cannot be read, or holds no keys, is problem.Invalid; one of more than MaxFile bytes
// problem.TooLarge; both in "keyring".
func Read(files []string) (armored string, err error) {
	rings := make([]*openpgp.Keyring, len(files))
	for i, name := range files {
		if rings[i], err = read(name); err != nil {
			return "", err
		}
	}
	text, err := openpgp.Merge(rings...).Armored()
	return string(text), err
}

func read(name string) (*openpgp.Keyring, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, problem.New(problem.Invalid, "%w", err).In("keyring")
	}
	if info.Size() > MaxFile {
		return nil, problem.New(problem.TooLarge, "%s has %d bytes; a keyring has at most %d", name, info.Size(), MaxFile).In("keyring")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, problem.New(problem.Invalid, "%w", err).In("keyring")
	}
	ring, err := openpgp.ReadKeys(data)
	if err != nil {
		return nil, problem.New(problem.Invalid, "%s: %w", name, err).In("keyring")
	}
	return ring, nil
}

// All gives, armored, all keys that this machine has for archives; empty if none.
func All() (armored string, err error) {
	files, err := Files()
	if err != nil || len(files) == 0 {
		return "", err
	}
	return Read(files)
}
