package landscape_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/aptarium/aptarium/internal/api/landscape"
)

// TestTheTableSaysAllOfEachAction reads it as the command line and the reference page
// do.
func TestTheTableSaysAllOfEachAction(t *testing.T) {
	t.Parallel()
	camel, snake, code := regexp.MustCompile(`^([A-Z][a-zA-Z]+)$`), regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`), regexp.MustCompile(`^[A-Z][A-Za-z]+$`)
	seen := map[string]bool{}
	for _, a := range landscape.Actions() {
		if seen[a.Name] || !camel.MatchString(a.Name) || a.Group == "" || !isSentence(a.Doc) || a.Returns != "" && !isSentence(a.Returns) {
			t.Errorf("the entry of %s is there twice, or does not say all: %+v", a.Name, a)
		}
		seen[a.Name] = true
		optional := false
		names := map[string]bool{"action": true, "version": true, "timestamp": true, "signature": true}
		for _, p := range a.Parameters {
			if names[p.Name] || !snake.MatchString(p.Name) || !isSentence(p.Doc) {
				t.Errorf("%s: the parameter %+v is there twice, or does not say all", a.Name, p)
			}
			if optional && !p.Optional {
				t.Errorf("%s: %s is required, and stands behind one that is not", a.Name, p.Name)
			}
			if p.Nullable && !p.Optional || p.Default != "" && !p.Optional {
				t.Errorf("%s: %s is required, and says what it is without", a.Name, p.Name)
			}
			names[p.Name], optional = true, p.Optional
		}
		for i, e := range a.Errors {
			if !code.MatchString(e) || slices.Contains(a.Errors[:i], e) {
				t.Errorf("%s: the error %q is there twice, or is no code", a.Name, e)
			}
		}
	}
}

func isSentence(s string) bool { return s != "" && s[len(s)-1] == '.' && s[0] >= 'A' && s[0] <= 'Z' }
