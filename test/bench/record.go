package main

import (
	"fmt"
	"os"
	"strings"
)

// The marks between which a page keeps the tables of the last run.
const (
	markBegin = "<!-- the last run: written by go run ./test/bench -record -->\n"
	markEnd   = "<!-- end of the last run -->\n"
)

// record puts the tables into a page in place of those of an earlier run.
func record(path, tables string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed, ok := replaceBetween(string(page), markBegin, markEnd, "\n"+tables+"\n")
	if !ok {
		return fmt.Errorf("%s has no place for the last run: put two lines into it, %s%s", path, markBegin, markEnd)
	}
	return os.WriteFile(path, []byte(changed), 0o644)
}

// replaceBetween replaces what is between two marks, if they are there.
func replaceBetween(text, begin, end, by string) (string, bool) {
	before, rest, ok := strings.Cut(text, begin)
	if !ok {
		return text, false
	}
	_, after, ok := strings.Cut(rest, end)
	return before + begin + by + end + after, ok
}
