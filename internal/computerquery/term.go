package computerquery

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/spelling"
)

// term parses a word that is not an operator.
func term(t token) (Term, error) {
	if len(t.parts) == 1 {
		return keyword(t)
	}
	key, rest := t.parts[0], t.parts[1:]
	kind, known := kindOf(key)
	if !known {
		return Term{}, unknown(key, t.text())
	}
	if strings.Join(rest, "") == "" {
		return Term{}, fault("%s: has no value", key).WithHint("write %s:VALUE without a space after the colon; quote a value with spaces", key)
	}
	if !t.quoted && !balanced(strings.Join(rest, ":")) {
		return Term{}, noParentheses()
	}
	made := Term{Key: key}
	if err := kind.read(&made, rest); err != nil {
		return Term{}, err
	}
	return made, nil
}

// keyword parses a word to search for.
func keyword(t token) (Term, error) {
	switch text := t.text(); {
	case !t.quoted && strings.ContainsAny(text, "()"):
		return Term{}, noParentheses()
	case text == "":
		return Term{}, fault("the quotes are empty")
	default:
		return Term{Value: text}, nil
	}
}

func noParentheses() *problem.Problem {
	return fault("a query cannot have parentheses").WithHint("OR binds tighter than AND; quote a word with a parenthesis, or save a part as a search")
}

// balanced reports whether parentheses are paired.
func balanced(text string) bool {
	open := 0
	for _, r := range text {
		switch r {
		case '(':
			open++
		case ')':
			open--
		}
		if open < 0 {
			return false
		}
	}
	return open == 0
}

func unknown(key, whole string) error {
	p := fault("unknown term %s", shorten(key))
	if near := spelling.Nearest(key, Keys()); near != "" {
		return p.WithHint("did you mean %s:? Quote it to search for the word in titles and hostnames", near)
	}
	return p.WithHint(`write "%s" to search for the word in titles and hostnames`, strings.Trim(shorten(whole), `"`))
}

// String returns a text that [Parse] parses to the same term.
func (t Term) String() string {
	words := []string{}
	if t.Key != "" {
		words = append(words, t.Key)
	}
	if isMeasure(t.Key) && rangePattern.MatchString(t.Value) {
		return t.Key + ":" + t.Value
	}
	words = append(words, quote(t.Value))
	if t.Key == "profile" {
		words = append(words, strconv.FormatInt(t.Number, 10))
	}
	for _, more := range []string{t.Text, t.Status} {
		if more != "" {
			words = append(words, quote(more))
		}
	}
	return strings.Join(words, ":")
}

// quote quotes a value if necessary. Values cannot contain quotes.
func quote(value string) string {
	if plainPattern.MatchString(value) && !slices.Contains([]string{"AND", "OR", "NOT"}, value) {
		return value
	}
	return `"` + value + `"`
}

var (
	plainPattern = regexp.MustCompile(`^[A-Za-z0-9._+-]+$`)
	rangePattern = regexp.MustCompile(`^\[[A-Za-z0-9. ]+\]$`)
)
