package publications_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestGuessingWhatAPublicationIsCalled(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		for _, r := range []repos.NewRepo{
			{Name: "a", Component: "contrib", Distribution: "trixie"}, {Name: "b", Component: "extra", Distribution: "trixie"},
			{Name: "c", Component: "contrib", Distribution: "sid"}, {Name: "plain"},
		} {
			apptest.Must(h.Repos.Create(h.Ctx, r))(h.TB)
		}
		apptest.Must(h.Add("a", apptest.Deb(h.TB, "hello", "1.0", "amd64", "one"), apptest.Deb(h.TB, "every", "1.0", "all", "two")))(h.TB)
		apptest.Must(h.Add("b", apptest.Deb(h.TB, "bye", "1.0", "arm64", "one")))(h.TB)
		apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "sa", From: []string{"repo:a"}}))(h.TB)
		apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "ssa", From: []string{"snapshot:sa"}}))(h.TB)
		apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "ab", From: []string{"repo:a", "repo:b"}}))(h.TB)
		for name, c := range map[string]struct{ sources, want, architectures []string }{
			"one repo":               {[]string{"repo:a"}, []string{"contrib=repo:a", "trixie"}, []string{"amd64"}},
			"a snapshot of another":  {[]string{"snapshot:ssa"}, []string{"contrib=snapshot:ssa", "trixie"}, []string{"amd64"}},
			"two":                    {[]string{"repo:a", "repo:b"}, []string{"contrib=repo:a", "extra=repo:b", "trixie"}, []string{"amd64", "arm64"}},
			"several behind one":     {[]string{"snapshot:ab"}, []string{"main=snapshot:ab", "trixie"}, []string{"amd64", "arm64"}},
			"other distributions":    {[]string{"main=repo:a", "repo:c"}, []string{"main=repo:a", "contrib=repo:c", ""}, []string{"amd64"}},
			"nothing is said":        {[]string{"repo:plain"}, []string{"main=repo:plain", ""}, nil},
			"one is said, one named": {[]string{"x=repo:plain", "repo:a"}, []string{"x=repo:plain", "contrib=repo:a", "trixie"}, []string{"amd64"}},
		} {
			g, err := h.Publications.Guess(h.Ctx, c.sources)
			if err != nil {
				h.TB.Errorf("%s: %v", name, err)
				continue
			}
			if got := append(g.Sources, g.Distribution); !slices.Equal(got, c.want) || !slices.Equal(g.Architectures, c.architectures) {
				h.TB.Errorf("%s: %q of %q", name, got, g.Architectures)
			}
		}
		for want, sources := range map[string][]string{
			"duplicate component name: contrib":       {"repo:a", "repo:c"},
			"unable to figure out component name for": {"snapshot:ab", "repo:c"},
		} {
			if _, err := h.Publications.Guess(h.Ctx, sources); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), want) {
				h.TB.Errorf("%q: %v", sources, err)
			}
		}
	})
}
