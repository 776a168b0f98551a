package problem

import (
	"errors"
	"fmt"
	"testing"
)

func TestAReasonStaysWithItsError(t *testing.T) {
	t.Parallel()
	err := New(Conflict, "no").In("field").WithHint("do")
	marked := fmt.Errorf("around: %w", Because(err, "execute-failed"))
	if ReasonOf(marked) != "execute-failed" || !Is(marked, Conflict) || marked.Error() != "around: "+err.Error() || !errors.Is(marked, err) {
		t.Errorf("%v has the reason %q and the kind %s", marked, ReasonOf(marked), KindOf(marked))
	}
	if again := Because(marked, "other"); ReasonOf(again) != "execute-failed" {
		t.Errorf("a second reason took its place: %s", ReasonOf(again))
	}
	if Because(nil, "x") != nil || ReasonOf(err) != "" || ReasonOf(nil) != "" {
		t.Error("there is a reason where none was given")
	}
}
