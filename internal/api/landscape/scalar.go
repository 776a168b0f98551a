package landscape

import (
	"encoding/base64"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Bounds of texts, in bytes. Other texts, such as keys, are bounded by the request.
const (
	maxLine  = 4 << 10
	maxTitle = 255
)

// namePattern is what distributions, series, pockets, GPG keys and APT sources may be
// called.
var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9+-]{0,199}$`)

// checkText refuses a text that is not of its type.
func checkText(name string, of Type, text string) error {
	control := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	switch of {
	case Name:
		if !namePattern.MatchString(text) {
			return invalid(name, "%.100q is not a name: it begins with a lower-case letter or a digit, and goes on with those, - and +", text)
		}
	case Title:
		if strings.TrimSpace(text) == "" || len(text) > maxTitle || strings.ContainsFunc(text, control) {
			return invalid(name, "a title is a line of up to %d bytes that is not blank", maxTitle)
		}
	case Line:
		if len(text) > maxLine || strings.ContainsFunc(text, control) {
			return invalid(name, "it must be one line of up to %d bytes", maxLine)
		}
	}
	return nil
}

// timeLayout is how times are told.
const timeLayout = "2006-01-02T15:04:05Z"

// timeLayouts are the ways in which times are understood: those of ISO 8601 that people
// and programs write. Times without a zone are UTC.
var timeLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02T15", "2006-01-02", "2006-01", "2006",
	"20060102T150405Z07:00", "20060102T150405", "20060102",
}

// parseTime reads a time, which may have a space in place of the T. A beginning, such as
// 2026-11, stands for its first instant.
func parseTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if date, clock, ok := strings.Cut(text, " "); ok {
		text = date + "T" + clock
	}
	var at time.Time
	var err error
	for _, layout := range timeLayouts {
		if at, err = time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, err
}

// parseAttachment reads NAME$$BASE64.
func parseAttachment(name, text string) (Attachment, error) {
	file, encoded, ok := strings.Cut(text, "$$")
	if !ok {
		return Attachment{}, invalid(name, "a file is sent as NAME$$BASE64")
	}
	if file == "" || file == "." || file == ".." || len(file) > maxTitle || strings.ContainsAny(file, "/\\") || strings.ContainsFunc(file, unicode.IsControl) {
		return Attachment{}, invalid(name, "%.100q is not the name of a file", file)
	}
	content, err := parseBase64(name, encoded)
	return Attachment{file, content}, err
}

// parseBase64 reads base64 (RFC 4648, section 4), in which programs break lines.
func parseBase64(name, text string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, invalid(name, "it is not base64: %v", err)
	}
	return data, nil
}
