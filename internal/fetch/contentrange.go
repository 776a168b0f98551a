package fetch

import (
	"errors"
	"strconv"
	"strings"
)

// parseContentRange parses "bytes FIRST-LAST/TOTAL". For "*" instead of FIRST-LAST, first is
// -1; for "*" instead of TOTAL, total is -1 (RFC 9110 section 14.4).
func parseContentRange(value string) (first, total int64, ok bool) {
	span, isBytes := strings.CutPrefix(value, "bytes ")
	span, length, hasLength := strings.Cut(span, "/")
	if !isBytes || !hasLength {
		return 0, 0, false
	}
	first, total = -1, -1
	var last int64
	var errs [3]error
	if span != "*" {
		from, to, _ := strings.Cut(span, "-")
		first, errs[0] = parseCount(from)
		last, errs[1] = parseCount(to)
	}
	if length != "*" {
		total, errs[2] = parseCount(length)
	}
	if errors.Join(errs[:]...) != nil || last < first || total >= 0 && last >= total && span != "*" {
		return 0, 0, false
	}
	return first, total, true
}

// parseCount parses a count of bytes, which has only digits.
func parseCount(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err
}
