package deb822

import (
	"bytes"
	"io"

	"github.com/aptarium/aptarium/internal/problem"
)

// Options set the bounds and the dialect of a [Scanner]. The zero value suits
// what archives serve.
type Options struct {
	MaxStanza int  // longest stanza in bytes; 0 means 8 MiB
	MaxFields int  // most fields of one stanza; 0 means 1,024
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
// Stanzas are parted by empty lines; any number of them may come first, last or
// between, and lines of spaces and tabs among them. Within a stanza a line of
// spaces and tabs goes on with the value, as apt and dpkg read it, though
// deb822(5) lets a parser end the stanza there. Lines may end in CR LF. These are errors: a line that is neither field, nor
// continuation, nor separator; a name against policy 5.1; a field given twice; a
// NUL byte; a stanza over the bounds. A last line without newline is taken as if
// it had one.
type Scanner struct {
	from    io.Reader
	options Options
	buffer  []byte // unread text is buffer[start:]
	start   int
	ended   bool // the stream gave its end or an error
	failure error
	line    int // lines before buffer[start]
	stanza  Stanza
}

// NewScanner starts reading from r. It reads ahead.
func NewScanner(r io.Reader, options Options) *Scanner {
	if options.MaxStanza <= 0 {
		options.MaxStanza = defaultMaxStanza
	}
	if options.MaxFields <= 0 {
		options.MaxFields = defaultMaxFields
	}
	return &Scanner{from: r, options: options}
}

// Parse reads a text that holds exactly one stanza, with the default options.
// The stanza's slices point into text.
func Parse(text []byte) (*Stanza, error) {
	sc := NewScanner(nil, Options{})
	sc.buffer, sc.ended = text[:len(text):len(text)], true
	sc.endLastLine()
	if !sc.Next() {
		if sc.Err() != nil {
			return nil, sc.Err()
		}
		return nil, problem.New(problem.Invalid, "holds no fields")
	}
	first := sc.stanza
	first.Fields = append([]Field(nil), first.Fields...)
	if sc.Next() {
		return nil, problem.New(problem.Invalid, "line %d: a second stanza begins, where one is allowed", sc.stanza.line)
	}
	return &first, sc.Err()
}

// Stanza is the one that the last Next found, valid until the next.
func (sc *Scanner) Stanza() *Stanza { return &sc.stanza }

// Err is the error that made Next stop, or nil at the end of the text. An error
// of the stream comes through as it is.
func (sc *Scanner) Err() error { return sc.failure }

// Next moves to the next stanza. It gives false at the end and on an error.
func (sc *Scanner) Next() bool {
	for sc.failure == nil {
		sc.skipBlankLines()
		switch end, lines, err := sc.parse(); {
		case err == errMore && !sc.ended:
			sc.fill()
		case err == errMore:
			return false // nothing but blank lines was left
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

// skipBlankLines leaves start at the first line that is not one, or at a line
// that is not whole in the buffer.
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

// fill makes room and reads until the buffer is full or the stream ends, so
// that a long stanza is parsed anew only as often as the buffer doubles.
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

// endLastLine adds the newline that the end of the text may lack.
func (sc *Scanner) endLastLine() {
	if n := len(sc.buffer); n > sc.start && sc.buffer[n-1] != '\n' {
		sc.buffer = append(sc.buffer, '\n')
	}
}

func (sc *Scanner) tooLong() error {
	return problem.New(problem.TooLarge, "line %d: a stanza is longer than %d bytes", sc.line+1, sc.options.MaxStanza)
}
