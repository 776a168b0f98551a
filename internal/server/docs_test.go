package server

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestEverySettingIsExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operators.md")
	if err != nil {
		t.Fatal(err)
	}
	for field := range reflect.TypeFor[Config]().Fields() {
		name := field.Tag.Get("toml")
		if line := "| `" + name + "` | `APTARIUM_" + strings.ToUpper(name) + "` |"; !strings.Contains(string(text), line) {
			t.Errorf("docs/operators.md lacks %s", line)
		}
	}
}
