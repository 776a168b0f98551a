package deb822

import (
	"bytes"
	"errors"

	"github.com/aptarium/aptarium/internal/problem"
)

// errMore says that the stanza's end is not in the buffer.
var errMore = errors.New("deb822: the stanza goes on beyond the buffer")

// stanzaParser goes through the lines of one stanza.
type stanzaParser struct {
	text       []byte
	line       int // of the text being parsed, before the current line
	fields     []Field
	valueStart int // of the last field, in text
	seen       nameSet
	options    *Options
}

// parse reads the stanza at the start of the unread text into sc.stanza. It
// gives the bytes and lines taken, the separator included, or errMore when more
// of the text must be in the buffer first. A text of comments alone gives a
// stanza without fields.
func (sc *Scanner) parse() (taken, lines int, err error) {
	text := sc.buffer[sc.start:]
	p := stanzaParser{text: text, line: sc.line, fields: sc.stanza.Fields[:0], options: &sc.options}
	pos, end := 0, -1
	for end < 0 && pos < len(text) {
		nl := bytes.IndexByte(text[pos:], '\n')
		if nl < 0 {
			return 0, 0, errMore
		}
		p.line++
		separator, err := p.takeLine(pos, pos+nl)
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
		return 0, 0, problem.New(problem.Invalid, "line %d: holds a NUL byte", line)
	}
	sc.stanza = Stanza{Fields: p.fields, raw: text[:end:end], line: sc.line + 1}
	return pos, p.line - sc.line, nil
}

// takeLine takes text[start:end], a line without its newline, and tells whether
// it ends the stanza.
func (p *stanzaParser) takeLine(start, end int) (separator bool, err error) {
	line := trimRight(p.text[start:end])
	switch {
	case len(line) == 0 && start < end && p.text[start] != '\r' && len(p.fields) > 0:
		return false, nil // blanks alone go on with the value, if text follows
	case len(line) == 0:
		return true, nil
	case line[0] == ' ' || line[0] == '\t':
		return false, p.takeContinuation(start + len(line))
	case line[0] == '#' && p.options.Comments:
		return false, nil
	default:
		return false, p.takeField(line, start)
	}
}

// takeContinuation lengthens the last field's value to reach end.
func (p *stanzaParser) takeContinuation(end int) error {
	if len(p.fields) == 0 {
		return p.fault("begins with a space, but there is no field to go on with")
	}
	p.fields[len(p.fields)-1].Value = p.text[p.valueStart:end:end]
	return nil
}

func (p *stanzaParser) takeField(line []byte, start int) error {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return p.noColon(line)
	}
	name := line[:colon:colon]
	switch {
	case !validName(name):
		return p.fault("%.40q is no field name", name)
	case len(p.fields) == p.options.MaxFields:
		return problem.New(problem.TooLarge, "line %d: a stanza has more than %d fields", p.line, p.options.MaxFields)
	case p.seen.add(name) && hasField(p.fields, name):
		return p.fault("field %s is given twice", name)
	}
	at := colon + 1
	for at < len(line) && isBlank(line[at]) {
		at++
	}
	if at == len(line) {
		// Nothing in the first line: the value begins at its newline, which
		// trimmed spaces may precede.
		at += bytes.IndexByte(p.text[start+at:], '\n')
	}
	p.valueStart = start + at
	end := max(p.valueStart, start+len(line))
	p.fields = append(p.fields, Field{Name: name, Value: p.text[p.valueStart:end:end]})
	return nil
}

func (p *stanzaParser) noColon(line []byte) error {
	err := problem.New(problem.Invalid, "line %d: %.40q is no field: it has no colon", p.line, line)
	if bytes.HasPrefix(line, []byte("-----BEGIN PGP")) {
		return err.WithHint("take the text out of its OpenPGP armor first")
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

// nameSet remembers names by one of 64 bits each, so that most fields need no
// comparison with those before them.
type nameSet uint64

// add tells whether a name with the same bit, maybe the same name, was added
// before.
func (s *nameSet) add(name []byte) bool {
	n := len(name)
	hash := uint(lower(name[0]))*31 + uint(lower(name[n-1]))*7 + uint(lower(name[n/2]))*3 + uint(n)
	bit := nameSet(1) << (hash % 64)
	had := *s&bit != 0
	*s |= bit
	return had
}
