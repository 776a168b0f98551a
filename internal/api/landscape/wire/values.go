package wire

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/problem"
)

// Values are the parameters of a request by name, as sent. Each item of a list is a
// parameter.
type Values map[string]string

// Limits of a request.
const (
	maxParameters = 20_000 // a list has tens of thousands of computers
	maxName       = 200    // bytes of the name of a parameter
)

// Add reads a query string or a form (application/x-www-form-urlencoded), which have the
// same encoding. A repeated name is an error, because either of its values could be
// meant.
func (v Values) Add(encoded string) error {
	if encoded == "" {
		return nil
	}
	if strings.Count(encoded, "&") >= maxParameters-len(v) {
		return problem.New(problem.TooLarge, "a request has at most %d parameters", maxParameters)
	}
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		name, err := unescape(key)
		if err != nil {
			return Invalid("", "the name of a parameter is not encoded UTF-8: %.100q", key)
		}
		if len(name) > maxName {
			return Invalid("", "the name of a parameter is longer than %d bytes", maxName)
		}
		text, err := unescape(value)
		if err != nil {
			return Invalid(name, "the value is not encoded UTF-8")
		}
		if _, twice := v[name]; twice {
			return Invalid(name, "the parameter comes twice")
		}
		v[name] = text
	}
	return nil
}

// errEncoding is the error of text that is not UTF-8, or has a NUL.
var errEncoding = problem.New(problem.Invalid, "the text is not UTF-8")

func unescape(part string) (string, error) {
	text, err := url.QueryUnescape(part)
	if err == nil && (!utf8.ValidString(text) || strings.ContainsRune(text, 0)) {
		err = errEncoding
	}
	return text, err
}
