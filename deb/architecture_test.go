package deb

import (
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
)

func TestParseArchitecture(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Architecture{
		"amd64":           {"base", "gnu", "linux", "amd64"},
		"linux-amd64":     {"base", "gnu", "linux", "amd64"},
		"armhf":           {"eabihf", "gnu", "linux", "arm"},
		"x32":             {"x32", "gnu", "linux", "amd64"},
		"mips64el":        {"abi64", "gnu", "linux", "mips64el"},
		"hurd-i386":       {"base", "gnu", "hurd", "i386"},
		"musl-linux-mips": {"base", "musl", "linux", "mips"},
	} {
		if got, err := ParseArchitecture(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "all", "source", "any", "linux-any", "<cpu>", "hurd-", "amd64 ", "AMD64", "hurd-linux-amd64"} {
		if got, err := ParseArchitecture(name); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
}

func TestOnlyNamedArchitecturesMatchWhatIsNoMachine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		architecture, wildcard string
		want                   bool
	}{
		{"all", "all", true},
		{"all", "any", false},
		{"source", "any", false},
		{"source", "source", true},
		{"amd64", "all", false},
		{"newcpu", "newcpu", true},
		{"newcpu", "any", true},
		{"newcpu", "linux-any", false},
		{"newcpu", "any-newcpu", false},
	} {
		if got := ArchitectureMatches(c.architecture, c.wildcard); got != c.want {
			t.Errorf("%s is %s: %v", c.architecture, c.wildcard, got)
		}
	}
}

func TestValidArchitectureName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"amd64": true, "all": true, "hurd-i386": true, "any": true, "Mine2": true,
		"": false, "-a": false, "a_b": false, "../a": false, "a b": false, "a\n": false, strings.Repeat("a", 256): false,
	} {
		if got := ValidArchitectureName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
