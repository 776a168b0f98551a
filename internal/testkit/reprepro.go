package testkit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Reprepro is the machine's own reprepro with a base directory of its own.
type Reprepro struct{ dir string }

// NewReprepro makes a base in dir, which is made when missing, with the given
// conf/distributions (see reprepro(1)).
func NewReprepro(dir, distributions string) (*Reprepro, error) {
	r := &Reprepro{dir}
	if err := os.MkdirAll(filepath.Join(dir, "conf"), 0o700); err != nil {
		return nil, fmt.Errorf("reprepro's base: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "conf", "distributions"), []byte(distributions), 0o600); err != nil {
		return nil, fmt.Errorf("reprepro's configuration: %w", err)
	}
	return r, nil
}

// Base is the base directory; dists and pool are in it.
func (r *Reprepro) Base() string { return r.dir }

// Run runs a reprepro command and returns what it wrote.
func (r *Reprepro) Run(ctx context.Context, args ...string) (string, error) {
	c := command{dir: r.dir, env: append(os.Environ(), "LC_ALL=C.UTF-8"), both: true}
	return c.run(ctx, "reprepro", append([]string{"-b", r.dir, "--ignore=undefinedtarget"}, args...)...)
}

const furnishedDistributions = `# what we publish
Origin: Our Origin
Label: Our Label
Suite: stable
# within a stanza
Codename: bookworm
Version: 12
Architectures: amd64 arm64 source
Components: main contrib
UDebComponents: main
Description: What we made
Contents: .gz

Codename: other
Architectures: amd64
Components: main
NotAutomatic: yes
`

// FurnishedReprepro makes a base in dir with two distributions: bookworm in two components
// with sources and a udeb, and other, which has another version of a package. The
// files that they were given are in a folder beside it.
func FurnishedReprepro(ctx context.Context, dir string) (*Reprepro, error) {
	r, err := NewReprepro(filepath.Join(dir, "base"), furnishedDistributions)
	if err != nil {
		return nil, err
	}
	incoming := filepath.Join(dir, "incoming")
	err = writeFurniture(ctx, incoming, packagesAndSources{
		[]Package{
			{Name: "hello", Version: "1:2.10-3", Architecture: "amd64", Description: "greets\n the long way"},
			{Name: "hello", Version: "2.9", Architecture: "amd64"},
			{Name: "hello-doc", Version: "2.10-3", Architecture: "all", Source: "hello (1:2.10-3)", Section: "doc"},
			{Name: "blob", Version: "7", Architecture: "arm64", Section: "contrib/misc"},
			{Name: "hello-udeb", Version: "2.10-3", Architecture: "amd64", Kind: "udeb"},
		},
		[]Source{{Name: "hello", Version: "1:2.10-3", Section: "devel", Fields: map[string]string{"Section": "devel", "Priority": "optional"}}},
	})
	if err != nil {
		return nil, err
	}
	for _, line := range []string{
		"-C main includedeb bookworm hello_2.10-3_amd64.deb", "-C main includedeb bookworm hello-doc_2.10-3_all.deb",
		"-C contrib includedeb bookworm blob_7_arm64.deb", "-C main includeudeb bookworm hello-udeb_2.10-3_amd64.udeb",
		"-C main includedsc bookworm hello_2.10-3.dsc", "-C main includedeb other hello_2.9_amd64.deb",
	} {
		words := strings.Fields(line)
		words[len(words)-1] = filepath.Join(incoming, words[len(words)-1])
		if _, err := r.Run(ctx, words...); err != nil {
			return nil, err
		}
	}
	return r, nil
}
