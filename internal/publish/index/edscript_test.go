package index

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/publish/index/indextest"
)

func TestEdScripts(t *testing.T) {
	t.Parallel()
	stanza := rapid.Custom(func(r *rapid.T) string {
		return fmt.Sprintf("Package: %s\nVersion: %d\nText: a\n\n", rapid.StringMatching(`[a-d]`).Draw(r, "name"), rapid.IntRange(0, 3).Draw(r, "version"))
	})
	rapid.Check(t, func(r *rapid.T) {
		text := func(label string) []byte {
			return []byte(strings.Join(rapid.SliceOfN(stanza, 0, 8).Draw(r, label), ""))
		}
		was, now := text("was"), text("now")
		script, ok := edScript(compareStanzas(was, now, 0))
		if !ok {
			r.Fatal("there is no script")
		}
		if got := indextest.ApplyEd(r, was, script); !bytes.Equal(got, now) {
			r.Fatalf("the script\n%s\nmakes\n%s", script, got)
		}
		if bytes.Equal(was, now) && len(script) > 0 {
			r.Fatalf("nothing changed, but the script is\n%s", script)
		}
	})
	if _, ok := edScript([]hunk{{0, 1, [][]byte{[]byte(".\n")}}}); ok {
		t.Error("a line with a dot alone ends the text of a command")
	}
}
