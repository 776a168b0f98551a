package query

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An unquoted word ends before a space or one of wordEnds (see endsWord). These do not
// include the opening parenthesis: as in aptly, it needs a space before it. No unquoted
// word starts with one of wordNeverBegins.
const (
	wordEnds        = ")|,!{}"
	wordNeverBegins = "(" + wordEnds + "<>=%~'\""
)

// kind is the kind of a token: a symbol's own character, or one of these.
type kind byte

const (
	endOfQuery  kind = 0
	wordToken   kind = 'w'
	operatorTok kind = 'o'
	unclosed    kind = 'u' // a quote without its end
)

// token is a piece of a query.
type token struct {
	kind kind
	text string // of a word without its quotes
	at   int    // byte offset of its first character
}

// String returns the token as in aptly's errors.
func (t token) String() string {
	switch t.kind {
	case endOfQuery:
		return "<EOL>"
	case unclosed:
		return "error: unexpected eof in quoted string"
	case wordToken:
		return fmt.Sprintf("%q", shorten(t.text))
	default:
		return t.text
	}
}

// shorten truncates a long text for an error.
func shorten(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// lexer splits a query, which must be UTF-8, into tokens.
type lexer struct {
	text string
	at   int
}

// next returns the next token, or endOfQuery at the end.
func (l *lexer) next() token {
	rest := strings.TrimLeftFunc(l.text[l.at:], unicode.IsSpace)
	l.at = len(l.text) - len(rest)
	if rest == "" {
		return token{kind: endOfQuery, at: l.at}
	}
	switch c := rest[0]; c {
	case '(', ')', '{', '}', '|', ',', '!':
		return l.cut(kind(c), 1)
	case '=', '%', '~':
		return l.cut(operatorTok, 1)
	case '<', '>':
		if len(rest) > 1 && (rest[1] == c || rest[1] == '=') {
			return l.cut(operatorTok, 2)
		}
		return l.cut(operatorTok, 1)
	case '"', '\'':
		return l.quoted(rest)
	default:
		return l.cut(wordToken, wordLength(rest))
	}
}

// cut returns the next bytes as a token.
func (l *lexer) cut(kind kind, length int) token {
	t := token{kind: kind, text: l.text[l.at : l.at+length], at: l.at}
	l.at += length
	return t
}

// wordLength returns the length of the word at the start of text. It reads no further, so
// that parsing a query takes linear time.
func wordLength(text string) int {
	if end := strings.IndexFunc(text, endsWord); end >= 0 {
		return end
	}
	return len(text)
}

func endsWord(r rune) bool {
	switch r {
	case ')', '|', ',', '!', '{', '}': // wordEnds
		return true
	}
	return unicode.IsSpace(r)
}

// quoted reads a word in quotes, in which a backslash makes the next character literal.
func (l *lexer) quoted(rest string) token {
	var text strings.Builder
	t := token{kind: wordToken, at: l.at}
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == rest[0]:
			t.text = text.String()
			l.at += i + 1
			return t
		case rest[i] == '\\' && i+1 < len(rest):
			i++
		}
		_, width := utf8.DecodeRuneInString(rest[i:])
		text.WriteString(rest[i : i+width])
		i += width - 1
	}
	l.at = len(l.text)
	t.kind = unclosed
	return t
}
