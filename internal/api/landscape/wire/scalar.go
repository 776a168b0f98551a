package wire

import (
	"encoding/base64"
	"regexp"
	"strings"
	"unicode"
)

// Limits of texts, in bytes. The limit of a request limits all other texts, such as keys.
const (
	maxLine  = 4 << 10
	maxTitle = 255
)

// namePattern matches the names of distributions, series, pockets, GPG keys and APT
// sources.
var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9+-]{0,199}$`)

// checkText returns an error for a text that is not of its type.
func checkText(name string, of Type, text string) error {
	control := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	switch of {
	case Name:
		if !namePattern.MatchString(text) {
			return Invalid(name, "%.100q is not a name: it begins with a lower-case letter or a digit, and goes on with those, - and +", text)
		}
	case Title:
		if strings.TrimSpace(text) == "" || len(text) > maxTitle || strings.ContainsFunc(text, control) {
			return Invalid(name, "a title is a line of up to %d bytes that is not blank", maxTitle)
		}
	case Line:
		if len(text) > maxLine || strings.ContainsFunc(text, control) {
			return Invalid(name, "it must be one line of up to %d bytes", maxLine)
		}
	}
	return nil
}

// parseAttachment reads NAME$$BASE64.
func parseAttachment(name, text string) (Attachment, error) {
	file, encoded, ok := strings.Cut(text, "$$")
	if !ok {
		return Attachment{}, Invalid(name, "a file is sent as NAME$$BASE64")
	}
	if file == "" || file == "." || file == ".." || len(file) > maxTitle || strings.ContainsAny(file, "/\\") || strings.ContainsFunc(file, unicode.IsControl) {
		return Attachment{}, Invalid(name, "%.100q is not the name of a file", file)
	}
	content, err := parseBase64(name, encoded)
	return Attachment{file, content}, err
}

// parseBase64 reads base64 (RFC 4648, section 4). Programs write line breaks in it.
func parseBase64(name, text string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, Invalid(name, "it is not base64: %v", err)
	}
	return data, nil
}
