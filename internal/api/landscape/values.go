package landscape

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/problem"
)

// values are the parameters of a request by their names, as sent: a list's items are
// parameters of their own.
type values map[string]string

// Bounds of a request.
const (
	maxBody       = 8 << 20  // files are sent in it, in base64
	maxURL        = 64 << 10 // a query string may hold as much as a long list of packages
	maxParameters = 20_000   // tens of thousands of computers by their numbers
	maxName       = 200      // bytes of a parameter's name
)

// add reads a query string or a form (application/x-www-form-urlencoded), which are
// written alike. A name that comes twice is refused: which of its values counts would
// be a matter of luck.
func (v values) add(encoded string) error {
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
			return invalid("", "the name of a parameter is not encoded UTF-8: %.100q", key)
		}
		if len(name) > maxName {
			return invalid("", "the name of a parameter is longer than %d bytes", maxName)
		}
		text, err := unescape(value)
		if err != nil {
			return invalid(name, "the value is not encoded UTF-8")
		}
		if _, twice := v[name]; twice {
			return invalid(name, "the parameter comes twice")
		}
		v[name] = text
	}
	return nil
}

// errEncoding tells of text that is not UTF-8, or has a NUL.
var errEncoding = problem.New(problem.Invalid, "the text is not UTF-8")

func unescape(part string) (string, error) {
	text, err := url.QueryUnescape(part)
	if err == nil && (!utf8.ValidString(text) || strings.ContainsRune(text, 0)) {
		err = errEncoding
	}
	return text, err
}

// invalid is the error of a parameter whose value cannot be.
func invalid(name, format string, args ...any) error {
	return withName(problem.New(problem.Invalid, format, args...).In(name), codeInvalidParameterValue)
}

// missing is the error of a required parameter that is not there.
func missing(name string) error {
	return withName(problem.New(problem.Invalid, "the parameter is required").In(name), codeMissingParameter)
}
