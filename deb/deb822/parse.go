package deb822

import (
	"bytes"
	"errors"

	"github.com/aptarium/aptarium/internal/problem"
)

// errMore means that the stanza continues beyond the buffer.
var errMore = errors.New("deb822: the stanza continues beyond the buffer")

// stanzaParser parses the lines of one stanza.
type stanzaParser struct {
	text       []byte
	line       int // number of the current line
	fields     []Field
	valueStart int // of the last field, in text
	seen       nameSet
	options    *Options
}

// parse parses the stanza at the start of the unread text into sc.stanza. It
// returns the bytes and lines consumed, the separator included, or errMore if the
// buffer does not hold enough text yet. A text of comments alone is a stanza
// without fields.
func (sc *Scanner) parse() (consumed, lines int, err error) {
	text := sc.buffer[sc.start:]
	p := stanzaParser{text: text, line: sc.line, fields: sc.stanza.Fields[:0], options: &sc.options}
	pos, end := 0, -1
	for end < 0 && pos < len(text) {
		nl := bytes.IndexByte(text[pos:], '\n')
		if nl < 0 {
			return 0, 0, errMore
		}
		p.line++
		separator, err := p.parseLine(pos, pos+nl)
		if err != nil {
			return 0, 0, err
		}
		if separator {
			end = pos
		}
		pos += nl + 1
	}
	if end < 0 {
		if !sc.ended || len(text) == 0 {
			return 0, 0, errMore
		}
		end = pos
	}
	if end > sc.options.MaxStanza {
		return 0, 0, sc.tooLong()
	}
	if at := bytes.IndexByte(text[:end], 0); at >= 0 {
		line := sc.line + 1 + bytes.Count(text[:at], []byte{'\n'})
		return 0, 0, problem.New(problem.Invalid, "line %d: contains a NUL byte", line)
	}
	sc.stanza = Stanza{Fields: p.fields, raw: text[:end:end], line: sc.line + 1}
	return pos, p.line - sc.line, nil
}

// parseLine parses text[start:end], a line without its newline, and reports whether
// it ends the stanza.
func (p *stanzaParser) parseLine(start, end int) (separator bool, err error) {
	line := trimRight(p.text[start:end])
	switch {
	case len(line) == 0 && start < end && p.text[start] != '\r' && len(p.fields) > 0:
		return false, nil // a blank line continues the value, if text follows
	case len(line) == 0:
		return true, nil
	case line[0] == ' ' || line[0] == '\t':
		return false, p.parseContinuation(start + len(line))
	case line[0] == '#' && p.options.Comments:
		return false, nil
	default:
		return false, p.parseField(line, start)
	}
}

// parseContinuation extends the last field's value to end.
func (p *stanzaParser) parseContinuation(end int) error {
	if len(p.fields) == 0 {
		return p.fault("begins with a space, but continues no field")
	}
	p.fields[len(p.fields)-1].Value = p.text[p.valueStart:end:end]
	return nil
}

func (p *stanzaParser) parseField(line []byte, start int) error {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return p.noColon(line)
	}
	name := line[:colon:colon]
	switch {
	case !validName(name):
		return p.fault("%.40q is not a valid field name", name)
	case len(p.fields) == p.options.MaxFields:
		return problem.New(problem.TooLarge, "line %d: a stanza has more than %d fields", p.line, p.options.MaxFields)
	case p.seen.add(name) && hasField(p.fields, name):
		return p.fault("field %s occurs twice", name)
	}
	at := colon + 1
	for at < len(line) && isBlank(line[at]) {
		at++
	}
	if at == len(line) {
		// The first line is empty: the value begins at its newline, after any
		// trimmed spaces.
		at += bytes.IndexByte(p.text[start+at:], '\n')
	}
	p.valueStart = start + at
	end := max(p.valueStart, start+len(line))
	p.fields = append(p.fields, Field{Name: name, Value: p.text[p.valueStart:end:end]})
	return nil
}

func (p *stanzaParser) noColon(line []byte) error {
	err := problem.New(problem.Invalid, "line %d: %.40q is not a field: it has no colon", p.line, line)
	if bytes.HasPrefix(line, []byte("-----BEGIN PGP")) {
		return err.WithHint("remove the OpenPGP armor and signature first")
	}
	return err
}

func (p *stanzaParser) fault(format string, args ...any) error {
	return problem.New(problem.Invalid, "line %d: "+format, append([]any{p.line}, args...)...)
}

func hasField(fields []Field, name []byte) bool {
	for i := range fields {
		if sameName(fields[i].Name, name) {
			return true
		}
	}
	return false
}

// nameSet stores one of 64 bits per name, so that most fields need no comparison
// with earlier ones.
type nameSet uint64

// add reports whether an earlier name has the same bit and so may be equal.
func (s *nameSet) add(name []byte) bool {
	n := len(name)
	hash := uint(lower(name[0]))*31 + uint(lower(name[n-1]))*7 + uint(lower(name[n/2]))*3 + uint(n)
	bit := nameSet(1) << (hash % 64)
	had := *s&bit != 0
	*s |= bit
	return had
}
