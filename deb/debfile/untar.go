package debfile

import (
	"archive/tar"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/problem"
)

// maxPath is the longest path that Linux accepts, and maxPaths the limit on all
// paths of a package together, in bytes.
const (
	maxPath  = 4096
	maxPaths = 128 << 20
)

// tarVisitor handles the entries of one tar file.
type tarVisitor interface {
	// entry handles an entry that is not a folder, under its safe name. The body
	// is valid until it returns.
	entry(name string, body io.Reader) error
	// end is called after the last entry.
	end() error
}

// untar reads the current member as a tar file, through its end.
func (p *packageReader) untar(c Compression, maxOutput int64, to tarVisitor) error {
	plain, err := compress.NewReader(p.ar, compress.Format(c), compress.Limits{
		MaxOutput: maxOutput, MaxRatio: p.options.MaxRatio,
	})
	if err != nil {
		return tarFault(err)
	}
	defer plain.Close()
	entries := tar.NewReader(plain)
	for {
		header, err := entries.Next()
		if err == io.EOF {
			break
		} else if err != nil {
			return tarFault(err)
		}
		name, err := entryName(header.Name)
		if err != nil {
			return err
		}
		if name == "" || header.Typeflag == tar.TypeDir {
			continue
		}
		if err := to.entry(name, entries); err != nil {
			return tarFault(err)
		}
	}
	// Reading on detects a truncated compressed stream.
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return tarFault(err)
	}
	return to.end()
}

// tarFault turns a damaged tar file into a problem, and keeps other errors.
func tarFault(err error) error {
	if _, explained := errors.AsType[*problem.Problem](err); explained {
		return err
	}
	if errors.Is(err, tar.ErrHeader) || errors.Is(err, tar.ErrFieldTooLong) || errors.Is(err, io.ErrUnexpectedEOF) {
		return problem.New(problem.Invalid, "damaged tar file: %w", err)
	}
	return err
}

// entryName returns a path without leading "./" and "/", empty for the root itself.
// It refuses paths that leave the package and those with control characters.
func entryName(name string) (string, error) {
	switch {
	case len(name) > maxPath:
		return "", invalid("contains a path of more than %d bytes", maxPath)
	case !printable(name):
		return "", invalid("contains the path %.200q with control characters", name)
	case slices.Contains(strings.Split(name, "/"), ".."):
		return "", invalid("contains the path %.200q, which leaves the package", name)
	}
	return strings.TrimPrefix(path.Clean("/"+name), "/"), nil
}

// controlTar reads the stanza of control.tar and the names of its other files.
type controlTar struct {
	deb *Deb
}

func (c *controlTar) entry(name string, body io.Reader) error {
	if name != "control" {
		if len(c.deb.ControlFiles) == maxControlFiles {
			return problem.New(problem.TooLarge, "contains more than %d files", maxControlFiles)
		}
		c.deb.ControlFiles = append(c.deb.ControlFiles, name)
		return nil
	}
	if c.deb.Control != nil {
		return invalid("contains the file control twice")
	}
	text, err := io.ReadAll(io.LimitReader(body, maxStanza+1))
	if err != nil {
		return err
	}
	c.deb.Control, err = deb822.Parse(text)
	return in("control", err)
}

func (c *controlTar) end() error {
	if c.deb.Control == nil {
		return invalid("contains no file control")
	}
	id, err := identify(c.deb.Control)
	c.deb.Package, c.deb.Version, c.deb.Architecture = id.name, id.version, id.architecture
	return in("control", err)
}

// dataTar reads the names of data.tar.
type dataTar struct {
	deb   *Deb
	max   int
	bytes int
}

func (d *dataTar) entry(name string, _ io.Reader) error {
	if d.bytes += len(name); len(d.deb.Files) == d.max || d.bytes > maxPaths {
		return problem.New(problem.TooLarge, "contains more than %d files, or %d MiB of paths", d.max, maxPaths>>20)
	}
	d.deb.Files = append(d.deb.Files, name)
	return nil
}

func (d *dataTar) end() error { return nil }
