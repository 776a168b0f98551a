package aptarium

import (
	"flag"
	"fmt"
	"go/types"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden lists of strings in databases")

// stored names what writes words into databases: parameters of functions, as
// package.function.parameter, and fields of structures, as package.type.field. Databases
// in the field hold every word that such a place ever got, so a word that changes or goes
// is a break, and a new one is a decision.
var stored = map[string][]string{
	"testdata/audit-actions.txt":  {"internal/access.Record.action"},
	"testdata/activity-types.txt": {"internal/activity.Register.typ", "internal/activity.Spec.Type"},
}

// TestWordsInDatabasesStayTheSame follows every value back from the places that write it
// to the constants that it comes from, through parameters, variables and fields, wherever
// in the product they are.
func TestWordsInDatabasesStayTheSame(t *testing.T) {
	t.Parallel()
	source := readSource(t)
	for golden, places := range stored {
		words := map[string]bool{}
		for _, place := range places {
			v := source.place(place)
			if v == nil {
				t.Errorf("there is no %s: name in the table of this test what writes these words now", place)
				continue
			}
			maps.Copy(words, source.valuesOf(v, map[*types.Var]bool{}))
		}
		for _, fault := range source.faults {
			t.Error(fault)
		}
		source.faults = nil
		got := strings.Join(slices.Sorted(maps.Keys(words)), "\n") + "\n"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs (go test . -update writes it): %s", golden, compared(string(want), got))
		}
	}
}

// compared lists the lines of one text that the other has not.
func compared(want, got string) string {
	old, now := strings.Fields(want), strings.Fields(got)
	gone := slices.DeleteFunc(slices.Clone(old), func(w string) bool { return slices.Contains(now, w) })
	added := slices.DeleteFunc(slices.Clone(now), func(w string) bool { return slices.Contains(old, w) })
	return fmt.Sprintf("gone %q, new %q", gone, added)
}
