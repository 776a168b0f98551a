package mirror_test

import (
	"fmt"
	"testing"

	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestAConfigIsShownWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://example.org/debian":            "https://example.org/debian",
		"https://ann:secret@example.org/debian": "https://ann:xxxxx@example.org/debian",
		"https://secret@example.org/debian":     "https://xxxxx@example.org/debian",
		"https://secret:@example.org/debian":    "https://xxxxx:@example.org/debian",
		"https://ann:secret@%zz":                "",
		"file:///srv/debian":                    "file:///srv/debian",
	} {
		if got := (mirror.Config{URL: url}).Redacted().URL; got != want {
			t.Errorf("%s is shown as %s, want %s", url, got, want)
		}
	}
}

func TestAPasswordComesBackForItsServerAlone(t *testing.T) {
	t.Parallel()
	const stored = "http://ann:secret@example.org/debian"
	for url, want := range map[string]string{ // "": refused
		"http://ann:xxxxx@example.org/debian":  stored,
		"http://ann:xxxxx@example.org/ubuntu":  "http://ann:secret@example.org/ubuntu",
		"https://ann:xxxxx@example.org/debian": "https://ann:secret@example.org/debian",
		"http://ann:other@example.org/debian":  "http://ann:other@example.org/debian",
		"http://bob:xxxxx@example.org/debian":  "http://bob:xxxxx@example.org/debian",
		"http://example.com/debian":            "http://example.com/debian",
		"http://ann:xxxxx@example.com/debian":  "",
		"http://ann:xxxxx@example.org:81/":     "",
		"file://ann:xxxxx@example.org/debian":  "",
	} {
		got, err := mirror.Config{URL: url}.WithSecretOf(mirror.Config{URL: stored})
		if want == "" && !problem.Is(err, problem.Invalid) || want != "" && (err != nil || got.URL != want) {
			t.Errorf("%s becomes %s, %v", url, got.URL, err)
		}
	}
	if got, err := (mirror.Config{URL: "http://ann:xxxxx@example.org/"}).WithSecretOf(mirror.Config{URL: "https://ann:secret@example.org/"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("a password of https goes to %s", got.URL)
	}
}

func TestAConfigNamesABoundedNumberOfThings(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 65 {
		names = append(names, fmt.Sprint("x", i))
	}
	for field, c := range map[string]mirror.Config{
		"components":    {URL: "http://example.org/", Suite: "stable", Components: names},
		"architectures": {URL: "http://example.org/", Suite: "stable", Architectures: names},
	} {
		if err := c.Check(); !problem.Is(err, problem.TooLarge) {
			t.Errorf("%s: %v", field, err)
		}
		c.Components, c.Architectures = c.Components[:min(64, len(c.Components))], c.Architectures[:min(64, len(c.Architectures))]
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", field, err)
		}
	}
}
