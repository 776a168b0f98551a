package deb

import (
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
)

func TestParseVersionGivesTheParts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text               string
		epoch              int
		upstream, revision string
		withoutEpoch       string
	}{
		{"2.10-3", 0, "2.10", "3", "2.10-3"},
		{"1:2.36-9+deb12u10", 1, "2.36", "9+deb12u10", "2.36-9+deb12u10"},
		{"2147483647:0", 2147483647, "0", "", "0"},
		{"20240101", 0, "20240101", "", "20240101"},
		{"1.0-rc1-2~bpo12+1", 0, "1.0-rc1", "2~bpo12+1", "1.0-rc1-2~bpo12+1"},
	} {
		v, err := ParseVersion(c.text)
		if err != nil || v.Epoch() != c.epoch || v.Upstream() != c.upstream || v.Revision() != c.revision {
			t.Errorf("%s: got %d %q %q, %v", c.text, v.Epoch(), v.Upstream(), v.Revision(), err)
		}
		if v.String() != c.text || v.WithoutEpoch() != c.withoutEpoch {
			t.Errorf("%s: back as %s, without its epoch %s", c.text, v, v.WithoutEpoch())
		}
	}
}

func TestParseVersionNamesTheRuleThatIsBroken(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"":             "empty upstream",
		"1:":           "empty upstream",
		"-1":           "empty upstream",
		"1-":           "after its last hyphen",
		":1":           "epoch",
		"a:1":          "epoch",
		"-1:1":         "epoch",
		"+1:1":         "epoch",
		"2147483648:1": "epoch",
		"v1":           "begin its upstream version with a digit",
		"1:1:1":        `":" in its upstream`,
		"1_2":          `"_" in its upstream`,
		"1/../x":       `"/" in its upstream`,
		"1-1_2":        `"_" in its revision`,
		"1 ":           `" " in its upstream`,
		"1\n":          "in its upstream",
		"1é":           "in its upstream",
	} {
		_, err := ParseVersion(text)
		if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want a problem that says %q", text, err, says)
		}
	}
}

func FuzzParseVersion(f *testing.F) {
	for _, text := range []string{"1:2.36-9+deb12u10", "1-", "2147483648:1", "", "1~~-0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseVersion(text)
		if err != nil {
			return
		}
		if v.String() != text || v.Upstream() == "" || v.Epoch() < 0 {
			t.Fatalf("%q parses to %+v", text, v)
		}
		whole := v.Upstream()
		if v.Revision() != "" {
			whole += "-" + v.Revision()
		}
		if v.WithoutEpoch() != whole || strings.ContainsAny(whole, "/ \n") {
			t.Fatalf("%q without its epoch is %q", text, whole)
		}
	})
}
