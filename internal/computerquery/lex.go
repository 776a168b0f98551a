package computerquery

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word of a query.
type token struct {
	parts  []string // between the colons that are not in quotes, without quotes
	quoted bool     // whether a part of it was in quotes
}

// text returns the word without its quotes.
func (t token) text() string { return strings.Join(t.parts, ":") }

func (t token) is(operator string) bool { return !t.quoted && t.text() == operator }

// split splits a query into words at spaces outside quotes and the brackets of a range.
func split(text string) (tokens []token, err error) {
	for rest := strings.TrimLeftFunc(text, unicode.IsSpace); rest != ""; rest = strings.TrimLeftFunc(rest, unicode.IsSpace) {
		t, length, err := word(rest)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		rest = rest[length:]
	}
	return tokens, nil
}

// word reads the word at the start of a text, and returns its length in the text.
func word(text string) (t token, length int, err error) {
	var part strings.Builder
	end := func() {
		t.parts = append(t.parts, part.String())
		part.Reset()
	}
	for length < len(text) {
		r, width := utf8.DecodeRuneInString(text[length:])
		if unicode.IsSpace(r) {
			break
		}
		switch {
		case r == ':':
			end()
		case r == '"':
			inside, _, closed := strings.Cut(text[length+1:], `"`)
			if !closed {
				return t, 0, fault("the quote of %s is not closed", shorten(text[length:])).WithHint(`end it with "`)
			}
			t.quoted = true
			part.WriteString(inside)
			width = len(inside) + 2
		case r == '[' && part.Len() == 0 && len(t.parts) == 1 && isMeasure(t.parts[0]):
			inside, _, closed := strings.Cut(text[length:], "]")
			if !closed {
				return t, 0, fault("the range of %s: is not closed", t.parts[0]).WithHint("write %s:[LEAST TO MOST]", t.parts[0])
			}
			part.WriteString(inside + "]")
			width = len(inside) + 1
		default:
			part.WriteString(text[length : length+width])
		}
		length += width
	}
	end()
	return t, length, nil
}
