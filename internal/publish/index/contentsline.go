package index

import (
	"bytes"
	"strings"

	"github.com/aptarium/aptarium/internal/catalog"
)

// A line of a Contents index is a path, a space, and the locations of the
// packages that have it, sorted and joined by commas. A path may have spaces, a
// location has none: readers split at the last ones. Debian pads short paths to a
// column, which tells nothing and cannot be told from a path that ends in spaces.

// contentsLocation is how a Contents index names a package: its section, as
// Packages lists it (contrib/net, or net for main), and its name. A section that
// would break the line is left out, as one that is not known.
func contentsLocation(section, name string) string {
	broken := strings.ContainsFunc(section, func(r rune) bool { return r <= ' ' || r == ',' || r == 0x7f })
	if section == "" || broken {
		return name
	}
	return section + "/" + name
}

func cutContentsLine(line []byte) (path, locations []byte) {
	line = bytes.TrimSuffix(line, []byte{'\n'})
	i := bytes.LastIndexByte(line, ' ')
	return line[:max(i, 0)], line[i+1:]
}

// contentsChunk is the average number of lines of a chunk: a power of two.
const contentsChunk = 1024

// startsContentsChunk reports whether a path starts a chunk wherever it appears. It uses other bits
// of the hash than startsNode.
func startsContentsChunk(at catalog.Position) bool { return spread(at)>>32%contentsChunk == 0 }

// contentsCutter collects lines into chunks.
type contentsCutter struct {
	give  func(chunk, []byte) error
	open  chunk
	plain []byte
}

// line adds a line; paths come in order.
func (c *contentsCutter) line(path string, locations []byte) error {
	at := catalog.Position{Name: path}
	if starts := startsContentsChunk(at); starts || c.open.packages == 0 {
		if err := c.end(); err != nil {
			return err
		}
		c.open.first = at
		c.plain = make([]byte, 0, 64*contentsChunk)
	}
	c.open.packages++
	c.plain = append(append(append(append(c.plain, path...), ' '), locations...), '\n')
	return nil
}

// end emits the last chunk.
func (c *contentsCutter) end() error {
	if c.open.packages == 0 {
		return nil
	}
	err := c.give(c.open, c.plain)
	c.open, c.plain = chunk{}, nil
	return err
}
