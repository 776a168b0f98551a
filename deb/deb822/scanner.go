package deb822

import (
	"bytes"
	"io"

	"github.com/aptarium/aptarium/internal/problem"
)

// Options set the limits and the dialect of a [Scanner]. The zero value suits the
// files that archives serve.
type Options struct {
	MaxStanza int  // longest stanza in bytes; 0 means 8 MiB
	MaxFields int  // fields of one stanza; 0 means 1,024
	Comments  bool // lines that begin with '#' are comments, as in debian/control and .sources files
}

const (
	defaultMaxStanza = 8 << 20
	defaultMaxFields = 1024
	firstBuffer      = 64 << 10
)

// Scanner reads stanzas from a stream.
//
//	for sc.Next() {
//		name := sc.Stanza().Get("Package")
//		…
//	}
//	if err := sc.Err(); err != nil { … }
//
// Any number of empty or blank lines may separate stanzas, precede the first and
// follow the last. Within a stanza a line of spaces and tabs continues the value, as
// apt and dpkg read it, although deb822(5) lets a parser end the stanza there. Lines
// may end in CR LF; the last newline may be missing. Errors are: a line that is
// neither field, continuation nor separator; a name that policy 5.1 forbids; a field
// that occurs twice; a NUL byte; a stanza over the limits.
type Scanner struct {
	from    io.Reader
	options Options
	buffer  []byte // unread text is buffer[start:]
	start   int
	ended   bool // all of the stream is in buffer
	failure error
	line    int // lines before buffer[start]
	stanza  Stanza
}

// NewScanner returns a scanner that reads from r, beyond the current stanza.
func NewScanner(r io.Reader, options Options) *Scanner {
	if options.MaxStanza <= 0 {
		options.MaxStanza = defaultMaxStanza
	}
	if options.MaxFields <= 0 {
		options.MaxFields = defaultMaxFields
	}
	return &Scanner{from: r, options: options}
}

// Parse parses a text of exactly one stanza, with the default options. The stanza's
// slices point into text.
func Parse(text []byte) (*Stanza, error) {
	sc := NewScanner(nil, Options{})
	sc.buffer, sc.ended = text[:len(text):len(text)], true
	sc.endLastLine()
	if !sc.Next() {
		if sc.Err() != nil {
			return nil, sc.Err()
		}
		return nil, problem.New(problem.Invalid, "contains no fields")
	}
	first := sc.stanza
	first.Fields = append([]Field(nil), first.Fields...)
	if sc.Next() {
		return nil, problem.New(problem.Invalid, "line %d: a second stanza begins; only one is allowed", sc.stanza.line)
	}
	return &first, sc.Err()
}

// Stanza returns the stanza that the last Next read, valid until the next call.
func (sc *Scanner) Stanza() *Stanza { return &sc.stanza }

// Err returns the error that stopped Next, or nil at the end of the text. An error
// of the stream is returned unchanged.
func (sc *Scanner) Err() error { return sc.failure }

// Next moves to the next stanza. It returns false at the end and on an error.
func (sc *Scanner) Next() bool {
	for sc.failure == nil {
		sc.skipBlankLines()
		switch end, lines, err := sc.parse(); {
		case err == errMore && !sc.ended:
			sc.fill()
		case err == errMore:
			return false // only blank lines were left
		case err != nil:
			sc.failure = err
		default:
			sc.start += end
			sc.line += lines
			if len(sc.stanza.Fields) > 0 {
				return true
			}
		}
	}
	sc.stanza = Stanza{}
	return false
}

// skipBlankLines moves start to the first line that is not blank or that the buffer
// does not hold completely.
func (sc *Scanner) skipBlankLines() {
	for {
		nl := bytes.IndexByte(sc.buffer[sc.start:], '\n')
		if nl < 0 || len(trimBlank(sc.buffer[sc.start:sc.start+nl])) > 0 {
			return
		}
		sc.start += nl + 1
		sc.line++
	}
}

// fill makes room and reads until the buffer is full or the stream ends. A long
// stanza is parsed again only each time the buffer doubles.
func (sc *Scanner) fill() {
	kept := sc.buffer[sc.start:]
	if len(kept) > sc.options.MaxStanza {
		sc.failure = sc.tooLong()
		return
	}
	size := max(cap(sc.buffer), firstBuffer)
	if 2*len(kept) > size {
		size *= 2
	}
	next := sc.buffer[:0]
	if size > cap(sc.buffer) {
		next = make([]byte, 0, size)
	}
	next = append(next, kept...)
	n, err := io.ReadFull(sc.from, next[len(next):cap(next)])
	sc.buffer, sc.start = next[:len(next)+n], 0
	switch err {
	case nil:
	case io.EOF, io.ErrUnexpectedEOF:
		sc.ended = true
		sc.endLastLine()
	default:
		sc.failure = err
	}
}

// endLastLine adds the last newline if it is missing.
func (sc *Scanner) endLastLine() {
	if n := len(sc.buffer); n > sc.start && sc.buffer[n-1] != '\n' {
		sc.buffer = append(sc.buffer, '\n')
	}
}

func (sc *Scanner) tooLong() error {
	return problem.New(problem.TooLarge, "line %d: a stanza is longer than %d bytes", sc.line+1, sc.options.MaxStanza)
}
