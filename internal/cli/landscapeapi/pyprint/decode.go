package pyprint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Decode reads one JSON document (RFC 8259) and nothing after it. Its values are
// nil, bool, [json.Number], string, []any and map[string]any; numbers stay text, as
// Python's are of any size.
func Decode(r io.Reader) (any, error) {
	decoder := json.NewDecoder(r)
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, fmt.Errorf("reading JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading JSON: there is more than one document")
	}
	return v, nil
}

// number writes a number as Python does: whole numbers digit by digit, others as
// the shortest text that means the same float.
func number(n json.Number) string {
	text := n.String()
	if text == "-0" {
		return "0"
	}
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	f, _ := strconv.ParseFloat(text, 64) // too large is infinite, for Python too
	return float(f)
}

// float is Python's repr of a float: exponents from 1e16 on and below 1e-4.
func float(f float64) string {
	text := strconv.FormatFloat(f, 'e', -1, 64)
	_, exponent, finite := strings.Cut(text, "e")
	if !finite {
		return strings.ToLower(strings.TrimPrefix(text, "+")) // +Inf and -Inf
	}
	if e, _ := strconv.Atoi(exponent); e < -4 || e >= 16 {
		return text
	}
	text = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
