package site_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// over waits until the second of an instant is over, and returns it as URLs have it.
func over(at time.Time) string {
	time.Sleep(time.Until(at.Truncate(time.Second).Add(time.Second)))
	return at.Format("20060102T150405Z")
}

// TestOnlyThePastIsKeptByCaches: what is not known yet, and what never was, may be
// there when it is asked for again.
func TestOnlyThePastIsKeptByCaches(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		published := apptest.Must(s.Publications.Releases(s.Ctx, "debian", "stable", usecase.Page{}))(s.TB).Items[0].At
		now := over(published)
		for at, code := range map[string]int{
			now: http.StatusOK, strings.TrimSuffix(now, "Z"): http.StatusOK, // as users of apt may type it
			published.Add(-time.Hour).Format("20060102T150405Z"): http.StatusNotFound, // before the first release
			time.Now().Add(time.Hour).Format("20060102T150405Z"): http.StatusNotFound,
			time.Now().Add(48 * time.Hour).Format("20060102"):    http.StatusNotFound,
			published.Add(-48 * time.Hour).Format("20060102T15"): http.StatusNotFound,
			"20261340T000000Z": http.StatusNotFound, "20261301": http.StatusNotFound, // no times at all
		} {
			for _, path := range []string{"dists/stable/InRelease", "pool/main/h/hello/hello_1_amd64.deb"} {
				got, _ := s.get("debian/" + at + "/" + path)
				cache := "no-store"
				if code == http.StatusOK {
					cache = "public, max-age=31536000, immutable"
				}
				if got.StatusCode != code || got.Header.Get("Cache-Control") != cache {
					s.TB.Errorf("%s at %s: %s, %q", path, at, got.Status, got.Header.Get("Cache-Control"))
				}
			}
		}
	})
}

// TestTheSecondThatIsNotOverIsNotKnown: it may get another release yet.
func TestTheSecondThatIsNotOverIsNotKnown(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		for range 3 {
			second := time.Now().UTC().Truncate(time.Second)
			got, _ := s.get("debian/" + second.Format("20060102T150405Z") + "/dists/stable/InRelease")
			if time.Now().Before(second.Add(time.Second)) && (got.StatusCode != http.StatusNotFound || got.Header.Get("Cache-Control") != "no-store") {
				s.TB.Errorf("%s, %q", got.Status, got.Header.Get("Cache-Control"))
			}
			over(second)
		}
	})
}

func TestTheLastReleaseOfASecondIsItsState(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		for i := range 5 {
			apptest.Must(s.Add("tools", apptest.Deb(s.TB, "more", string(rune('1'+i)), "amd64", "")))(s.TB)
			s.Update()
		}
		releases := apptest.Must(s.Publications.Releases(s.Ctx, "debian", "stable", usecase.Page{}))(s.TB).Items // newest first
		over(releases[0].At)
		seen := map[string]bool{}
		for _, r := range releases {
			if seen[r.Snapshot] {
				continue // an earlier one of the same second
			}
			seen[r.Snapshot] = true
			_, text := s.get("debian/" + r.Snapshot + "/dists/stable/main/binary-amd64/Packages")
			if got := strings.Count(string(text), "\nFilename:"); got != r.Packages {
				s.TB.Errorf("the state at %s has %d packages, release %d has %d", r.Snapshot, got, r.Number, r.Packages)
			}
		}
	})
}

func TestADroppedPublicationHasItsPast(t *testing.T) {
	t.Parallel()
	run(t, func(s shop) {
		at := over(apptest.Must(s.Publications.Releases(s.Ctx, "debian", "stable", usecase.Page{}))(s.TB).Items[0].At)
		if err := s.Publications.Drop(s.Ctx, "debian", "stable"); err != nil {
			s.TB.Fatal(err)
		}
		for path, want := range map[string]int{
			"debian/dists/stable/InRelease": http.StatusNotFound, deb: http.StatusNotFound,
			"debian/" + at + "/dists/stable/InRelease":                   http.StatusOK,
			"debian/" + at + "/pool/main/h/hello/hello_1_amd64.deb":      http.StatusOK,
			"debian/" + over(time.Now().UTC()) + "/dists/stable/Release": http.StatusNotFound,
		} {
			if got, _ := s.get(path); got.StatusCode != want {
				s.TB.Errorf("%s: %s", path, got.Status)
			}
		}
	})
}
