package openpgp

import (
	"bytes"

	"github.com/aptarium/aptarium/internal/problem"
)

// The lines that frame a clear-signed text; RFC 9580 section 7.
const (
	cleartextStart = "-----BEGIN PGP SIGNED MESSAGE-----"
	cleartextEnd   = "-----BEGIN PGP SIGNATURE-----"
)

// maxCleartextBytes limits a clear-signed text with its signatures. The largest Release
// files are below 1 MiB.
const maxCleartextBytes = 32 << 20

// cleartext is a parsed clear-signed text.
type cleartext struct {
	lines      [][]byte // the signed lines, without dash escapes, trailing spaces and tabs
	signatures []byte   // the packets of the signature block
}

// readCleartext parses a clear-signed text strictly: a program that skips unexpected
// text can be tricked to verify one part of a file and use another. So it refuses text
// around the block, headers other than Hash, lines without a necessary dash escape, and
// characters that end a line only for some readers.
func readCleartext(text []byte) (*cleartext, error) {
	if len(text) > maxCleartextBytes {
		return nil, problem.New(problem.TooLarge, "the signed text has %d bytes, more than %d", len(text), maxCleartextBytes)
	}
	line, rest := cutLine(text)
	if string(line) != cleartextStart {
		return nil, notCleartext(text)
	}
	rest, err := skipHashHeaders(rest)
	if err != nil {
		return nil, err
	}
	clear := &cleartext{}
	for {
		if len(rest) == 0 {
			return nil, malformed("the signed text has no signature at its end")
		}
		start := rest
		if line, rest = cutLine(rest); string(line) == cleartextEnd {
			clear.signatures, err = onlySignatureBlock(start)
			return clear, err
		}
		signed, err := signedLine(line)
		if err != nil {
			return nil, err
		}
		clear.lines = append(clear.lines, signed)
	}
}

// notCleartext returns the problem of an unsigned text, or of text before the signed
// block.
func notCleartext(text []byte) error {
	if bytes.HasPrefix(text, []byte(cleartextStart)) || bytes.Contains(text, []byte("\n"+cleartextStart)) {
		return problem.New(problem.Untrusted, "the file has text before the signed block").
			WithHint("only the signed block can be trusted: the file may have been tampered with")
	}
	return problem.New(problem.Untrusted, "the text is not signed").
		WithHint("a signed text starts with the line %q", cleartextStart)
}

// skipHashHeaders skips the Hash headers and the empty line after them. Their content
// does not matter: each signature names its hash itself.
func skipHashHeaders(text []byte) (rest []byte, err error) {
	for rest = text; ; {
		var line []byte
		switch line, rest = cutLine(rest); {
		case len(line) == 0 && len(rest) == 0:
			return nil, malformed("the signed text has no signature at its end")
		case len(line) == 0:
			return rest, nil
		}
		value, found := bytes.CutPrefix(line, []byte("Hash: "))
		if !found || len(bytes.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-, ")) != 0 {
			return nil, malformed("the signed text has a header line other than Hash")
		}
	}
}

// signedLine removes the dash escape and the unsigned blanks at the end.
func signedLine(line []byte) ([]byte, error) {
	if bytes.ContainsAny(line, "\r\x00") {
		return nil, malformed("the signed text has a carriage return or NUL within a line")
	}
	escaped, found := bytes.CutPrefix(line, []byte("- "))
	if !found && bytes.HasPrefix(line, []byte("-")) {
		return nil, malformed("the signed text has a line that starts with an unescaped dash")
	}
	return bytes.TrimRight(escaped, " \t"), nil
}

// onlySignatureBlock decodes the signature block at the start of text, and refuses
// anything except blank space after it.
func onlySignatureBlock(text []byte) ([]byte, error) {
	_, block, after, _, err := nextArmor(text)
	if err != nil {
		return nil, malformed("%w", err)
	}
	if len(bytes.TrimSpace(after)) != 0 {
		return nil, problem.New(problem.Untrusted, "the file has text after the signature").
			WithHint("only the signed block can be trusted: the file may have been tampered with")
	}
	return block.body, nil
}

// malformed returns the problem of a text whose frame violates RFC 9580 section 7.
func malformed(format string, args ...any) error {
	return problem.New(problem.Untrusted, format, args...).
		WithHint("the file may be truncated or tampered with: download it again")
}

// text returns the signed lines, each ended by a newline.
func (c *cleartext) text() []byte {
	if len(c.lines) == 0 {
		return nil
	}
	return append(bytes.Join(c.lines, []byte("\n")), '\n')
}

// canonical returns the signed bytes: the lines joined by CRLF, the last without a line
// end (RFC 9580 section 7.2).
func (c *cleartext) canonical() []byte { return bytes.Join(c.lines, []byte("\r\n")) }

// write returns the text framed with its signature block.
func (c *cleartext) write(hashes string, armored []byte) []byte {
	var out bytes.Buffer
	out.WriteString(cleartextStart + "\nHash: " + hashes + "\n\n")
	for _, line := range c.lines {
		if bytes.HasPrefix(line, []byte("-")) {
			out.WriteString("- ")
		}
		out.Write(line)
		out.WriteByte('\n')
	}
	out.Write(armored)
	return out.Bytes()
}

// newCleartext prepares a text for signing. It refuses lines that signing would change,
// so that the readers of InRelease see the signed text, and the same as in Release.
func newCleartext(text []byte) (*cleartext, error) {
	clear := &cleartext{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line = bytes.TrimSuffix(line, []byte("\n"))
		if bytes.ContainsAny(line, "\r\x00") || len(bytes.TrimRight(line, " \t")) != len(line) {
			return nil, problem.New(problem.Invalid, "line %d of the text to sign ends with blanks, or contains a carriage return or NUL", number).
				WithHint("remove them: a clear-signed text cannot contain them")
		}
		clear.lines = append(clear.lines, line)
	}
	return clear, nil
}
