package problem

import (
	"errors"
	"fmt"
	"testing"
)

func TestACodeStaysWithItsError(t *testing.T) {
	t.Parallel()
	err := New(Conflict, "no").In("field").WithHint("do")
	marked := fmt.Errorf("around: %w", Coded(err, "execute-failed"))
	if CodeOf(marked) != "execute-failed" || !Is(marked, Conflict) || marked.Error() != "around: "+err.Error() || !errors.Is(marked, err) {
		t.Errorf("%v has the code %q and the kind %s", marked, CodeOf(marked), KindOf(marked))
	}
	if again := Coded(marked, "other"); CodeOf(again) != "execute-failed" {
		t.Errorf("a second code took its place: %s", CodeOf(again))
	}
	if Coded(nil, "x") != nil || CodeOf(err) != "" || CodeOf(nil) != "" {
		t.Error("there is a code where none was given")
	}
}
