package landscapeapi_test

import (
	"strings"
	"testing"
)

// FuzzRun types anything: what is not sent has to be explained, and what is sent is a
// parameter of the action or an item of one.
func FuzzRun(f *testing.F) {
	for _, seed := range []string{
		"create-pocket\na\nb,c\\,d\nkey\n--no-verify", "add-tags-to-computers\nx\ny\nz", "rename-computers\n1=a,2=b", "call\nFrob\na=b", "help\ncall", "--json\n--\nget-activities",
		"get-activities\n--query=", "create-pocket\n--\n--limit\n3",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		if strings.Contains(lines, "/") {
			return // no files of this machine
		}
		term := terminal{}
		code := term.run(t, strings.Split(lines, "\n")...)
		switch {
		case code == 0 && term.sent == nil && !strings.Contains(term.out.String(), "Usage: "):
			t.Errorf("%q does nothing", lines)
		case code == 1 && (term.sent != nil || term.err.String() == ""):
			t.Errorf("%q fails, having sent %v, and says %q", lines, term.sent, term.err.String())
		case code > 1:
			t.Errorf("%q ends with %d", lines, code)
		}
		for name := range term.sent {
			if base, _, _ := strings.Cut(name, "."); base == "" && !strings.Contains(lines, "call") {
				t.Errorf("%q sends %q", lines, name)
			}
		}
	})
}
