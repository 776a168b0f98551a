package query

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A word without quotes goes on to a space or one of wordEnds (see endsWord). An opening
// parenthesis is not among them, as with aptly: there has to be a space before
// it. What begins with one of wordNeverBegins is no such word.
const (
	wordEnds        = ")|,!{}"
	wordNeverBegins = "(" + wordEnds + "<>=%~'\""
)

// kind is what a token is: a symbol's own character, or one of these.
type kind byte

const (
	endOfQuery  kind = 0
	wordToken   kind = 'w'
	operatorTok kind = 'o'
	unclosed    kind = 'u' // a quote that nothing closes
)

// token is a piece of a query.
type token struct {
	kind kind
	text string // of a word without its quotes
	at   int    // byte offset of its first character
}

// String writes the token as aptly's errors do.
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

// shorten keeps an error readable when what it quotes is not.
func shorten(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// lexer cuts a query, which must be UTF-8, into tokens from left to right.
type lexer struct {
	text string
	at   int
}

// next returns the next token; at the end, the end again and again.
func (l *lexer) next() token {
	rest := strings.TrimLeftFunc(l.text[l.at:], unicode.IsSpace)
	l.at = len(l.text) - len(rest)
	if rest == "" {
		return token{kind: endOfQuery, at: l.at}
	}
	switch c := rest[0]; c {
	case '(', ')', '{', '}', '|', ',', '!':
		return l.take(kind(c), 1)
	case '=', '%', '~':
		return l.take(operatorTok, 1)
	case '<', '>':
		if len(rest) > 1 && (rest[1] == c || rest[1] == '=') {
			return l.take(operatorTok, 2)
		}
		return l.take(operatorTok, 1)
	case '"', '\'':
		return l.quoted(rest)
	default:
		return l.take(wordToken, wordLength(rest))
	}
}

// take makes a token of the next bytes.
func (l *lexer) take(kind kind, length int) token {
	t := token{kind: kind, text: l.text[l.at : l.at+length], at: l.at}
	l.at += length
	return t
}

// wordLength is the length of the word that text begins with. It looks no
// further than that, so that reading a query takes linear time.
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

// quoted reads a word in quotes, in which a backslash keeps the meaning from
// the character after it.
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
