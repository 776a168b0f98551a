package collections_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/google/go-cmp/cmp"
)

func ref(tb testing.TB, text string) collections.Ref {
	tb.Helper()
	return apptest.Must(collections.ParseRef("ref", text))(tb)
}

// remembered has a repo with a, then a and b, published as debian stable each time.
func remembered(h *apptest.House) (releases []publications.Release) {
	h.TB.Helper()
	h.MakeRepo("tools", apptest.Deb(h.TB, "a", "1", "all", ""))
	h.Publish("repo:tools")
	apptest.Must(h.Add("tools", apptest.Deb(h.TB, "b", "1", "all", "")))(h.TB)
	h.Update()
	releases = apptest.Must(h.Publications.Releases(h.Ctx, "debian", "stable", usecase.Page{}))(h.TB).Items
	slices.Reverse(releases)
	return releases
}

func TestTimesMayBeShortened(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"20261120T123456Z": "2026-11-20T12:34:56.999999Z", "20261120T123456": "2026-11-20T12:34:56.999999Z", "20261120T1234Z": "2026-11-20T12:34:00.999999Z",
		"20261120T12": "2026-11-20T12:00:00.999999Z", "20261120T": "2026-11-20T00:00:00.999999Z", "20261120": "2026-11-20T00:00:00.999999Z",
		"20261120Z": "2026-11-20T00:00:00.999999Z", "2026-11-20T12:00:00Z": "2026-11-20T12:00:00.999999Z", "2026-11-20T13:00:00+01:00": "2026-11-20T12:00:00.999999Z",
		"2026-11-20T12:00:00.5Z": "2026-11-20T12:00:00.5Z",
	} {
		got, err := usecase.ParseInstant("at", text)
		if shown := time.UnixMicro(got).UTC().Format(time.RFC3339Nano); err != nil || shown != want {
			t.Errorf("%s is %s, %v, not %s", text, shown, err, want)
		}
	}
	for _, text := range []string{"", "2026", "202611", "20261320", "20261120T25", "20261120T123", "20261120T1234567Z", "yesterday", "20261120T12:00", "-20261120"} {
		if _, err := usecase.ParseInstant("at", text); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestReferencesNameStates(t *testing.T) {
	t.Parallel()
	at := apptest.Must(usecase.ParseInstant("", "20261120"))(t)
	for text, want := range map[string]collections.Ref{
		"mirror:m": {Kind: "mirror", Name: "m"}, "repo:r@20261120": {Kind: "repo", Name: "r", At: at}, "snapshot:s#7": {Kind: "snapshot", Name: "s", Revision: 7},
		"publish:debian/stable": {Kind: "publish", Name: "debian/stable"}, "publish:www:a/b/stable/x#3": {Kind: "publish", Name: "www:a/b/stable/x", Revision: 3},
	} {
		if got, err := collections.ParseRef("", text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "m", "mirror:", "house:x", "mirror:a b", "repo:r@", "repo:r@x", "repo:r#", "repo:r#0", "repo:r#-1", "repo:r#x", "repo:r#1@20261120",
		"publish:stable", "publish:" + strings.Repeat("a/", 300)} {
		if _, err := collections.ParseRef("", text); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestHistoryTellsWhatBecameOfThingsAndWhoDidIt(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		remembered(h)
		type line struct {
			Number         int64
			Added, Removed int
			Packages       int
			By, Action     string
			Sources        string
		}
		for text, want := range map[string][]line{
			"repo:tools":              {{2, 1, 0, 2, "local", "repo.add", ""}, {1, 1, 0, 1, "local", "repo.add", ""}},
			"repo:tools#1":            {{1, 1, 0, 1, "local", "repo.add", ""}},
			"publish:debian/stable":   {{2, 1, 0, 2, "local", "publish", "repo:tools#2"}, {1, 1, 0, 1, "local", "publish", "repo:tools#1"}},
			"publish:debian/stable#1": {{1, 1, 0, 1, "local", "publish", "repo:tools#1"}},
		} {
			var got []line
			for page := (usecase.Page{Limit: 1}); ; {
				l := apptest.Must(h.Collections.History(h.Ctx, ref(h.TB, text), page))(h.TB)
				for _, r := range l.Items {
					got = append(got, line{r.Number, r.Added, r.Removed, r.Packages, r.By, r.Action, strings.Join(r.Sources, " ")})
				}
				if page.After = l.Next; page.After == "" {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				h.TB.Errorf("%s: %s", text, diff)
			}
		}
	})
}

func TestStatesOfThePastAreListedSearchedAndCompared(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		releases := remembered(h)
		first := apptest.Past(releases[0].At)
		for text, want := range map[string][]string{
			"repo:tools": {"a 1", "b 1"}, "repo:tools@" + first: {"a 1"}, "repo:tools#1": {"a 1"},
			"publish:debian/stable": {"a 1", "b 1"}, "publish:debian/stable@" + first: {"a 1"}, "publish:debian/stable#1": {"a 1"},
		} {
			if got := h.Names(text); !slices.Equal(got, want) {
				h.TB.Errorf("%s has %q", text, got)
			}
			r := ref(h.TB, text)
			found := apptest.Must(h.Collections.SearchPage(h.Ctx, &r, collections.Search{Query: "b"}, false, usecase.Page{}))(h.TB).Items
			if len(found) != len(want)-1 {
				h.TB.Errorf("%s: %d packages b are found", text, len(found))
			}
			diff := apptest.Must(h.Collections.Diff(h.Ctx, r, ref(h.TB, "publish:debian/stable")))(h.TB)
			if len(diff) != 2-len(want) {
				h.TB.Errorf("%s differs from now in %+v", text, diff)
			}
		}
		for _, text := range []string{"repo:tools#3", "repo:tools@20000101", "repo:tools@29990101", "publish:debian/stable#3", "publish:debian/stable@20000101",
			"publish:debian/stable@29990101", "publish:debian/other", "publish:" + "a/b/c"} {
			if _, err := h.Collections.Packages(h.Ctx, ref(h.TB, text), collections.Terms{}, usecase.Page{}); !problem.Is(err, problem.NotFound) {
				h.TB.Errorf("%s: %v", text, err)
			}
		}
	})
}

func TestWhatWasDroppedHasAPast(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		at := apptest.Past(remembered(h)[1].At)
		if err := h.Publications.Drop(h.Ctx, "debian", "stable"); err != nil {
			h.TB.Fatal(err)
		}
		if err := h.Collections.Drop(h.Ctx, collections.Repo, "tools"); err != nil {
			h.TB.Fatal(err)
		}
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "tools"}))(h.TB)
		for _, text := range []string{"repo:tools@" + at, "publish:debian/stable@" + at} {
			if got := h.Names(text); !slices.Equal(got, []string{"a 1", "b 1"}) {
				h.TB.Errorf("%s had %q", text, got)
			}
		}
		if got := h.Names("repo:tools"); len(got) > 0 {
			h.TB.Errorf("the repo has %q now", got)
		}
		for _, text := range []string{"repo:tools@" + at, "publish:debian/stable@" + at} {
			if _, err := h.Publications.Revert(h.Ctx, ref(h.TB, text)); !problem.Is(err, problem.NotFound) {
				h.TB.Errorf("reverting to %s: %v", text, err)
			}
		}
	})
}

func TestARepoGoesBackByAFurtherRevision(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		remembered(h)
		r := apptest.Must(h.Publications.Revert(h.Ctx, ref(h.TB, "repo:tools#1")))(h.TB)
		if r.Change == nil || r.Change.Revision != 3 || len(r.Change.Removed) != 1 || r.Activity != nil {
			h.TB.Errorf("%+v", r.Change)
		}
		if got := h.Names("repo:tools"); !slices.Equal(got, []string{"a 1"}) {
			h.TB.Errorf("it has %q", got)
		}
		apptest.Must(h.Publications.Revert(h.Ctx, ref(h.TB, "repo:tools#2")))(h.TB)
		if got := h.Names("repo:tools"); !slices.Equal(got, []string{"a 1", "b 1"}) {
			h.TB.Errorf("and then %q", got)
		}
	})
}

func TestAPublicationGoesBackAndStaysThereUntilItFollowsAgain(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		first := remembered(h)[0]
		r := apptest.Must(h.Publications.Revert(h.Ctx, ref(h.TB, "publish:debian/stable@"+apptest.Past(first.At))))(h.TB)
		h.Done(*r.Activity, nil)
		has := func(release int64, sources string, want ...string) {
			h.TB.Helper()
			d := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(h.TB)
			if got := h.Names("publish:debian/stable"); d.Release != release || !slices.Equal(got, want) || strings.Join(d.Sources, " ") != sources {
				h.TB.Errorf("release %d of %q has %q", d.Release, d.Sources, got)
			}
		}
		has(3, "repo:tools#1", "a 1")
		apptest.Must(h.Add("tools", apptest.Deb(h.TB, "c", "1", "all", "")))(h.TB)
		h.Update() // of what it is held at
		has(3, "repo:tools#1", "a 1")
		h.Done(h.Publications.Update(h.Ctx, "debian", "stable", publications.PublicationEdit{Follow: true}))
		has(4, "repo:tools", "a 1", "b 1", "c 1")
		h.Done(h.Publications.Update(h.Ctx, "debian", "stable", publications.PublicationEdit{Sources: &[]string{"repo:tools#2"}}))
		has(5, "repo:tools#2", "a 1", "b 1")
	})
}

func TestWhatCannotGoBack(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		remembered(h)
		apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "s", From: []string{"repo:tools"}}))(h.TB)
		for text, kind := range map[string]problem.Kind{
			"mirror:m#1": problem.Invalid, "snapshot:s#1": problem.Invalid, "repo:tools": problem.Invalid, "publish:debian/stable": problem.Invalid,
			"repo:tools#9": problem.NotFound, "repo:none#1": problem.NotFound, "repo:tools@29990101": problem.NotFound, "publish:debian/stable#9": problem.NotFound,
			"publish:debian/none#1": problem.NotFound,
		} {
			if _, err := h.Publications.Revert(h.Ctx, ref(h.TB, text)); !problem.Is(err, kind) {
				h.TB.Errorf("%s: %v", text, err)
			}
		}
	})
}

func TestTwoPublicationsOfOneNameAreToldApart(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "a", "1", "all", ""))
		for prefix, distribution := range map[string]string{"a": "b/c", "a/b": "c"} {
			_, x, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: prefix, Distribution: distribution, Sources: []string{"repo:tools"}})
			h.Done(x, err)
		}
		if _, err := h.Collections.History(h.Ctx, ref(h.TB, "publish:a/b/c"), usecase.Page{}); !problem.Is(err, problem.Conflict) {
			h.TB.Errorf("got %v", err)
		}
		exact := collections.Ref{Kind: collections.Published, Name: "a", Distribution: "b/c"}
		if l, err := h.Collections.Packages(h.Ctx, exact, collections.Terms{}, usecase.Page{}); err != nil || len(l.Items) != 1 {
			h.TB.Errorf("%+v, %v", l, err)
		}
	})
}

func TestAnAddressThatChangesIsInTheNextRelease(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		remembered(h)
		d := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(h.TB)
		if d.Snapshots != "https://deb.example.org/archive/debian/@SNAPSHOTID@/" || d.Options.Snapshots != "" ||
			d.SnapshotsConfiguration != `Acquire::Snapshots::URI::Host::deb.example.org "https://deb.example.org/@PATH@/@SNAPSHOTID@/";` {
			h.TB.Errorf("%+v", d)
		}
		h.Settings.PublicURL = "http://other.example.org/"
		if text := h.Read("debian/dists/stable/Release"); !strings.Contains(text, "\nSnapshots: https://deb.example.org/archive/debian/@SNAPSHOTID@/\n") {
			h.TB.Errorf("before:\n%s", text)
		}
		h.Update()
		if text := h.Read("debian/dists/stable/Release"); !strings.Contains(text, "\nSnapshots: http://other.example.org/debian/@SNAPSHOTID@/\n") {
			h.TB.Errorf("after:\n%s", text)
		}
	})
}

// TestWhatWasReadOfThePastStays: no commit gets a time in it afterwards, though the
// time of day may be set back.
func TestWhatWasReadOfThePastStays(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		remembered(h)
		for i, read := range []func(collections.Ref) error{
			func(r collections.Ref) error {
				_, err := h.Collections.Packages(h.Ctx, r, collections.Terms{}, usecase.Page{})
				return err
			},
			func(r collections.Ref) error { _, err := h.Collections.Diff(h.Ctx, r, r); return err },
			func(r collections.Ref) error { _, err := h.Collections.DiffPackages(h.Ctx, r, r, false); return err },
			func(r collections.Ref) error {
				_, err := h.Collections.SearchPage(h.Ctx, &r, collections.Search{}, false, usecase.Page{})
				return err
			},
			func(r collections.Ref) error { _, err := h.Collections.History(h.Ctx, r, usecase.Page{}); return err },
		} {
			at := time.Now()
			for !time.Now().After(at.Add(time.Millisecond)) { // it must be over
			}
			if err := read(ref(h.TB, "repo:tools@"+apptest.Past(at.UTC().Truncate(time.Microsecond).Add(time.Microsecond)))); err != nil {
				h.TB.Fatal(err)
			}
			var sealed int64
			err := h.DB.Read(h.Ctx, func(tx *db.Tx) error { return tx.QueryRow(h.Ctx, "SELECT at FROM clock").Scan(&sealed) })
			if err != nil || sealed < at.UnixMicro() {
				h.TB.Errorf("read %d: the next commit may get a time after %d, though %d was read, %v", i, sealed, at.UnixMicro(), err)
			}
		}
	})
}
