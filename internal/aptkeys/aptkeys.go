// Package aptkeys reads the keys with which this machine's apt verifies archives.
package aptkeys

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// MaxFile is the largest size of a key file, in bytes.
const MaxFile = 4 << 20

// patterns match the keys that apt trusts for sources without Signed-By (apt-key(8),
// "FILES"), and the archive keys that Debian and its derivatives install for Signed-By.
var patterns = []string{
	"/etc/apt/trusted.gpg.d/*.gpg", "/etc/apt/trusted.gpg.d/*.asc", "/usr/share/keyrings/*-archive-keyring.gpg",
}

// Files returns the paths of the machine's key files, sorted.
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

// Read returns the keys of files, armored or binary, as one armored text. A file that is
// unreadable or has no keys is problem.Invalid, a file of more than MaxFile bytes
// problem.TooLarge; both name the field "keyring".
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
		return nil, problem.New(problem.TooLarge, "%s has %d bytes; the limit is %d", name, info.Size(), MaxFile).In("keyring")
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

// All returns all archive keys of this machine as one armored text, or "".
func All() (armored string, err error) {
	files, err := Files()
	if err != nil || len(files) == 0 {
		return "", err
	}
	return Read(files)
}
