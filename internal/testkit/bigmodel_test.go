package testkit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChooseModels(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for _, name := range []string{"a", "b", "c", "d"} {
		fmt.Fprintf(&text, "Package: %s\nSource: src (1)\nVersion: 2\nArchitecture: all\n\n", name)
	}
	for n, want := range map[int][]string{
		1: {"d"},
		2: {"b", "d"},
		4: {"a", "b", "c", "d"},
		6: {"a", "b", "b-copy1", "c", "d", "d-copy1"},
		9: {"a", "a-copy1", "b", "b-copy1", "c", "c-copy1", "d", "d-copy1", "d-copy2"},
	} {
		models, err := chooseModels([]byte(text.String()), n)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range models {
			fields, err := m.fields()
			if fields.get("Package") != m.name || m.source != "src" || m.version != "2" || err != nil {
				t.Errorf("model %+v has fields %v, %v", m, fields, err)
			}
			got = append(got, m.name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d packages: %s", n, diff)
		}
	}
	if _, err := chooseModels(nil, 1); err == nil {
		t.Error("models were found in an empty text")
	}
}
