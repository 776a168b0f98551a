package intake

import (
	"context"
	"io"
	"path"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// IsPackage reports whether a file's name is the name of a package.
func IsPackage(name string) bool {
	switch path.Ext(name) {
	case ".deb", ".udeb", ".ddeb", ".dsc":
		return true
	}
	return false
}

// Package returns the entry of a stored package for a component: of a .dsc file, whose files parts
// returns, or of a binary package, without calling parts.
func (in *Intake) Package(ctx context.Context, f catalog.File, component string, parts Parts) (catalog.Entry, error) {
	b, err := in.Pool.Open(ctx, f.SHA256)
	if err != nil {
		return catalog.Entry{}, err
	}
	defer b.Close()
	if path.Ext(f.Name) != ".dsc" {
		d, err := debfile.Read(b, debfile.ReadOptions{})
		if err != nil {
			return catalog.Entry{}, err
		}
		return catalog.FromDeb(d.Control.Raw(), f, component)
	}
	text, err := readPlain(b)
	if err != nil {
		return catalog.Entry{}, err
	}
	d, err := debfile.ReadDsc(text)
	if err != nil {
		return catalog.Entry{}, err
	}
	files := []catalog.File{f}
	for _, want := range d.Files {
		part, err := parts(ctx, want)
		if err != nil {
			return catalog.Entry{}, err
		}
		files = append(files, part)
	}
	return catalog.FromDsc(text, files, component)
}

// maxText bounds a .dsc or .changes file, which is read whole.
const maxText = 16 << 20

// ReadText reads a .dsc or .changes file, with the signature around it. More than 16 MiB
// is problem.TooLarge.
func ReadText(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err == nil && len(text) > maxText {
		err = problem.New(problem.TooLarge, "has more than %d bytes", maxText)
	}
	return text, err
}

// readPlain reads such a file and strips its signature, if any.
func readPlain(r io.Reader) ([]byte, error) {
	text, err := ReadText(r)
	if err != nil || !IsSigned(text) {
		return text, err
	}
	return openpgp.Cleartext(text)
}

// IsSigned reports whether a text is clear-signed.
func IsSigned(text []byte) bool {
	return strings.HasPrefix(string(text[:min(len(text), 40)]), "-----BEGIN PGP SIGNED MESSAGE-----")
}
