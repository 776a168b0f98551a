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

// maxPath is the longest path Linux takes, and maxPaths what all paths of a
// package may take together, in bytes.
const (
	maxPath  = 4096
	maxPaths = 128 << 20
)

// tarVisitor takes the entries of one tar file.
type tarVisitor interface {
	// entry takes one entry that is no folder, under its safe name; the body
	// is valid until it returns.
	entry(name string, body io.Reader) error
	// end is called after the last entry.
	end() error
}

// untar reads the current member as a tar file through its very end.
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
	// What follows the tar file's end shows whether the compression is whole.
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return tarFault(err)
	}
	return to.end()
}

// tarFault tells a damaged tar file from an error of the stream below it.
func tarFault(err error) error {
	if _, told := errors.AsType[*problem.Problem](err); told {
		return err
	}
	if errors.Is(err, tar.ErrHeader) || errors.Is(err, tar.ErrFieldTooLong) || errors.Is(err, io.ErrUnexpectedEOF) {
		return problem.New(problem.Invalid, "damaged tar file: %w", err)
	}
	return err
}

// entryName gives a path without "./" and "/" before it, empty for the root
// itself. A path that leads out, or that would break a list of lines, is
// refused.
func entryName(name string) (string, error) {
	switch {
	case len(name) > maxPath:
		return "", invalid("holds a path of more than %d bytes", maxPath)
	case !printable(name):
		return "", invalid("holds the path %.200q with control characters", name)
	case slices.Contains(strings.Split(name, "/"), ".."):
		return "", invalid("holds the path %.200q, which leads out of the package", name)
	}
	return strings.TrimPrefix(path.Clean("/"+name), "/"), nil
}

// controlTar takes control.tar: the stanza, and the names of the rest.
type controlTar struct {
	deb *Deb
}

func (c *controlTar) entry(name string, body io.Reader) error {
	if name != "control" {
		if len(c.deb.ControlFiles) == maxControlFiles {
			return problem.New(problem.TooLarge, "holds more than %d files", maxControlFiles)
		}
		c.deb.ControlFiles = append(c.deb.ControlFiles, name)
		return nil
	}
	if c.deb.Control != nil {
		return invalid("holds the file control twice")
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
		return invalid("holds no file control")
	}
	id, err := identify(c.deb.Control)
	c.deb.Package, c.deb.Version, c.deb.Architecture = id.name, id.version, id.architecture
	return in("control", err)
}

// dataTar takes the names of data.tar.
type dataTar struct {
	deb   *Deb
	max   int
	bytes int
}

func (d *dataTar) entry(name string, _ io.Reader) error {
	if d.bytes += len(name); len(d.deb.Files) == d.max || d.bytes > maxPaths {
		return problem.New(problem.TooLarge, "holds more than %d files, or %d MiB of paths", d.max, maxPaths>>20)
	}
	d.deb.Files = append(d.deb.Files, name)
	return nil
}

func (d *dataTar) end() error { return nil }
