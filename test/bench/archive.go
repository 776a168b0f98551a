package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aptarium/aptarium/internal/testkit"
)

// archive is what the programs mirror, and the packages that are added then.
type archive struct {
	*testkit.Big
	*testkit.Upstream
	names []string // of its packages, in the order of the index
	// architectures of the packages, in the same order
	architectures []string
	dir           string // for files of packages to be added
}

// openArchive serves an archive of n packages from this process, and makes it
// when it is not in the cache.
func openArchive(ctx context.Context, n int, dir string) (*archive, error) {
	big, err := testkit.BigArchive(ctx, n)
	if err != nil {
		return nil, err
	}
	a := &archive{Big: big, dir: dir}
	if err := a.readIndex(); err != nil {
		return nil, fmt.Errorf("the archive's index: %w", err)
	}
	a.Upstream = testkit.NewUpstream(big.Dir)
	return a, nil
}

func (a *archive) readIndex() error {
	f, err := os.Open(filepath.Join(a.Dir, "dists", a.Codename, a.Component, "binary-"+a.Architecture, "Packages.gz"))
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "Package: "); ok {
			a.names = append(a.names, name)
		}
		if architecture, ok := strings.CutPrefix(lines.Text(), "Architecture: "); ok {
			a.architectures = append(a.architectures, architecture)
		}
	}
	return lines.Err()
}

// addition makes the i-th of so many packages that are added, and returns its
// file. They are spread evenly over the index: what a publish costs may depend
// on where the change is. A label keeps several such lists apart.
func (a *archive) addition(label string, i, of int) (path string, err error) {
	p := testkit.Package{
		Name:    fmt.Sprintf("%s-%s%d", a.names[place(i, of, len(a.names))], label, i),
		Version: "1", Architecture: "all",
	}
	path = filepath.Join(a.dir, p.FileName())
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	file, err := p.Deb()
	if err != nil {
		return "", err
	}
	return path, os.WriteFile(path, file, 0o644)
}

// place returns the middle of the i-th of so many equal parts of n things.
func place(i, of, n int) int { return (2*i + 1) * n / (2 * of) }
