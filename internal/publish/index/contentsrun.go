package index

import (
	"bufio"
	"encoding/binary"
	"io"
	"slices"
)

// runBuffer is for reading or writing a run.
const runBuffer = 64 << 10

// writeRun writes a sorted run: of each path what differs from the one before it,
// then its location, nothing if it is the same.
func writeRun(to io.Writer, run []located) error {
	w := bufio.NewWriterSize(to, runBuffer)
	var number [binary.MaxVarintLen64]byte
	put := func(n int, text string) {
		_, _ = w.Write(binary.AppendUvarint(number[:0], uint64(n))) // Flush tells
		_, _ = w.WriteString(text)
	}
	var last located
	for _, l := range run {
		shared := sharedPrefix(last.path, l.path)
		put(shared, "")
		put(len(l.path)-shared, l.path[shared:])
		if l.location == last.location {
			put(0, "")
		} else {
			put(len(l.location), l.location)
		}
		last = l
	}
	return w.Flush()
}

func sharedPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// sortedRun returns its lines in order, io.EOF behind the last.
type sortedRun interface{ next() (located, error) }

type memoryRun struct{ rest []located }

func (r *memoryRun) next() (l located, err error) {
	if len(r.rest) == 0 {
		return l, io.EOF
	}
	l, r.rest = r.rest[0], r.rest[1:]
	return l, nil
}

// fileRun reads what writeRun wrote.
type fileRun struct {
	from *bufio.Reader
	path []byte // of the last line
	last located
	text []byte
}

func (r *fileRun) next() (located, error) {
	shared, err := binary.ReadUvarint(r.from)
	if err != nil {
		return located{}, err // io.EOF among them
	}
	rest, err := r.read()
	if err != nil {
		return located{}, err
	}
	r.path = append(r.path[:min(int(shared), len(r.path))], rest...)
	location, err := r.read()
	if err != nil {
		return located{}, err
	}
	r.last.path = string(r.path)
	if len(location) > 0 && string(location) != r.last.location {
		r.last.location = string(location)
	}
	return r.last, nil
}

// read returns a text with its length before it, valid until the next.
func (r *fileRun) read() ([]byte, error) {
	n, err := binary.ReadUvarint(r.from)
	if err != nil {
		return nil, noEnd(err)
	}
	r.text = slices.Grow(r.text[:0], int(n))[:n]
	_, err = io.ReadFull(r.from, r.text)
	return r.text, noEnd(err)
}

// noEnd is for reading within a line, where a run may not end.
func noEnd(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
