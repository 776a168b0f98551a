package mirror_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/mirror"
)

func TestPersonalArchivesHaveShortNames(t *testing.T) {
	t.Parallel()
	for short, want := range map[string]mirror.Config{
		"ppa:deadsnakes/ppa":        {URL: "https://ppa.launchpadcontent.net/deadsnakes/ppa/ubuntu", Components: []string{"main"}},
		"ppa:someone/debian/tools":  {URL: "https://ppa.launchpadcontent.net/someone/tools/debian", Components: []string{"main"}},
		"ppa:someone":               {URL: "ppa:someone"},
		"ppa:a/b/c/d":               {URL: "ppa:a/b/c/d"},
		"ppa:../x":                  {URL: "ppa:../x"},
		"https://deb.example.org/x": {URL: "https://deb.example.org/x"},
	} {
		if diff := cmp.Diff(want, mirror.Config{URL: short}.Expanded()); diff != "" {
			t.Errorf("%s\n%s", short, diff)
		}
	}
}
