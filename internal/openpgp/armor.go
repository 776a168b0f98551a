package openpgp

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

// The kinds of armored block that this package reads and writes; RFC 9580 section 6.2.1.
const (
	publicKeyBlock = "PGP PUBLIC KEY BLOCK"
	secretKeyBlock = "PGP PRIVATE KEY BLOCK"
	signatureBlock = "PGP SIGNATURE"
)

// armorBlock is one decoded block of ASCII armor.
type armorBlock struct {
	kind string
	body []byte
}

// nextArmor decodes the first armored block in text. It returns the text before the
// block and the text after it; found is false if no line starts a block. It ignores the
// checksum, which only detects accidents: RFC 9580 section 6.1 forbids refusing for it.
func nextArmor(text []byte) (before []byte, block armorBlock, after []byte, found bool, err error) {
	rest := text
	for len(rest) > 0 {
		start := len(text) - len(rest)
		var line []byte
		line, rest = cutLine(rest)
		if block.kind = blockKind(line, "BEGIN"); block.kind == "" {
			continue
		}
		block.body, after, err = armorBody(rest, block.kind)
		return text[:start], block, after, true, err
	}
	return text, armorBlock{}, nil, false, nil
}

// armorBody decodes the lines after BEGIN through the END line of the same kind.
func armorBody(text []byte, kind string) (body, after []byte, err error) {
	rest := text
	for {
		if len(rest) == 0 {
			return nil, nil, fmt.Errorf("the %s has no end", kind)
		}
		var line []byte
		if line, rest = cutLine(rest); len(bytes.TrimSpace(line)) == 0 {
			break
		}
		if !bytes.Contains(line, []byte(":")) {
			return nil, nil, fmt.Errorf("the %s has no empty line after its headers", kind)
		}
	}
	var encoded []byte
	checksum := false
	for len(rest) > 0 {
		var line []byte
		line, rest = cutLine(rest)
		line = bytes.TrimSpace(line)
		switch {
		case blockKind(line, "END") == kind:
			body = make([]byte, base64.StdEncoding.DecodedLen(len(encoded)))
			n, err := base64.StdEncoding.Decode(body, encoded)
			if err != nil {
				return nil, nil, fmt.Errorf("the %s is not base64: %w", kind, err)
			}
			return body[:n], rest, nil
		case checksum || bytes.HasPrefix(line, []byte("-")):
			return nil, nil, fmt.Errorf("the %s does not end after its checksum", kind)
		case len(line) == 5 && line[0] == '=':
			checksum = true
		default:
			encoded = append(encoded, line...)
		}
	}
	return nil, nil, fmt.Errorf("the %s has no end", kind)
}

// blockKind returns the kind of a line "-----BEGIN kind-----" (or END), or "" for any
// other line.
func blockKind(line []byte, word string) string {
	kind, found := strings.CutPrefix(strings.TrimRight(string(line), " \t"), "-----"+word+" ")
	if !found {
		return ""
	}
	kind, found = strings.CutSuffix(kind, "-----")
	if !found {
		return ""
	}
	return kind
}

// cutLine splits off the first line, without its LF or CRLF.
func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// encodeArmor returns a block with a checksum line and a final newline. GnuPG
// before 2.4.6 needs that line: without it gpgv fails on texts whose base64
// happens to need no padding (https://dev.gnupg.org/T7071).
func encodeArmor(kind string, body []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := armor.EncodeWithChecksumOption(&out, kind, nil, true)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
