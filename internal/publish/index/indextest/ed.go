// Package indextest reads indexes and their patches as clients do.
package indextest

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var edCommand = regexp.MustCompile(`^([0-9]+)(?:,([0-9]+))?([acd])$`)

// Failer is a test, or one of rapid's.
type Failer interface {
	Helper()
	Fatalf(string, ...any)
}

// ApplyEd returns a text as ed(1) changes it by a script of a, c and d.
func ApplyEd(t Failer, text, script []byte) []byte {
	t.Helper()
	lines, commands := slices.Collect(bytes.Lines(text)), slices.Collect(bytes.Lines(script))
	for i := 0; i < len(commands); i++ {
		m := edCommand.FindStringSubmatch(strings.TrimSuffix(string(commands[i]), "\n"))
		if m == nil {
			t.Fatalf("line %d of the patch is no command: %q", i+1, commands[i])
		}
		from, _ := strconv.Atoi(m[1])
		to := from
		if m[2] != "" {
			to, _ = strconv.Atoi(m[2])
		}
		var fresh [][]byte
		if m[3] != "d" {
			for i++; string(commands[i]) != ".\n"; i++ {
				fresh = append(fresh, commands[i])
			}
		}
		if m[3] == "a" {
			from, to = from+1, from
		}
		lines = append(append(append([][]byte{}, lines[:from-1]...), fresh...), lines[to:]...)
	}
	return bytes.Join(lines, nil)
}
