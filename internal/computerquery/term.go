package computerquery

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/spelling"
)

// term reads a word that is no operator.
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
		return Term{}, fault("%s: has no value", key).WithHint("write %s:VALUE, without a space between, and with quotes around a value that has one", key)
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

// keyword reads a word that is looked for.
func keyword(t token) (Term, error) {
	switch text := t.text(); {
	case !t.quoted && strings.ContainsAny(text, "()"):
		return Term{}, noParentheses()
	case text == "":
		return Term{}, fault("the quotes have nothing in them")
	default:
		return Term{Value: text}, nil
	}
}

func noParentheses() *problem.Problem {
	return fault("a query has no parentheses").WithHint("OR binds tighter than AND; quote a word that has a parenthesis, or save a part as a search")
}

// balanced reports whether each parenthesis has its other one.
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

// unknown tells that there is no such term, and which may have been meant.
func unknown(key, whole string) error {
	p := fault("there is no term %s", shorten(key))
	if near := spelling.Nearest(key, Keys()); near != "" {
		return p.WithHint("is it %s: that you mean? Quotes around it look for the word in titles and hostnames", near)
	}
	return p.WithHint(`write "%s" to look for the word in titles and hostnames`, strings.Trim(shorten(whole), `"`))
}

// String writes the term so that [Parse] reads the same from it.
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

// quote puts quotes around a value that needs them. None has a quote inside: they
// cannot be written.
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
