package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/testkit"
)

// TestAptFollowsByPatches: over 20 generations a client of each step fetches a
// patch and never the index; also a client that missed 19 generations.
func TestAptFollowsByPatches(t *testing.T) {
	t.Parallel()
	a := start(t, tempData(t))
	if _, err := a.Repos.Create(a.ctx, repos.NewRepo{Name: "tools"}); err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		a.add("tools", testkit.Package{Name: fmt.Sprintf("base%03d", i), Version: "1", Architecture: "amd64"})
	}
	_, x, err := a.Publications.Create(a.ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"repo:tools"},
		Options: publications.PublishOptions{Patches: 20, Translations: true}})
	a.done(x, err)
	follower, away := a.apt("amd64"), a.apt("amd64")
	for _, apt := range []*testkit.Apt{follower, away} {
		if out, err := apt.Update(t.Context()); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	patched := func(apt *testkit.Apt, who string, n int) {
		t.Helper()
		out, err := apt.Run(t.Context(), "apt-get", "-o", "Debug::pkgAcquire=true", "update")
		if err != nil {
			t.Fatalf("%s: %v\n%s", who, err, out)
		}
		if !strings.Contains(out, "Packages.diff/T-") || strings.Contains(out, "/main/binary-amd64/by-hash/") {
			t.Fatalf("%s fetched no patch, or the whole index:\n%s", who, out)
		}
		if got, err := apt.CountPackages(t.Context()); err != nil || got != n {
			t.Fatalf("%s sees %d packages, not %d: %v", who, got, n, err)
		}
	}
	for i := range 20 {
		a.add("tools", testkit.Package{Name: fmt.Sprintf("more%02d", i), Version: "1", Architecture: "amd64"})
		a.update()
		patched(follower, fmt.Sprintf("the follower at generation %d", i+2), 301+i)
	}
	patched(away, "the client that was away", 320)
}

// TestAptShowsLongDescriptions: they are in a Translation index, which apt finds
// by their sums.
func TestAptShowsLongDescriptions(t *testing.T) {
	t.Parallel()
	a := start(t, tempData(t))
	if _, err := a.Repos.Create(a.ctx, repos.NewRepo{Name: "tools"}); err != nil {
		t.Fatal(err)
	}
	a.add("tools", testkit.Package{Name: "hello", Version: "1", Architecture: "amd64", Description: "greets\n It is very polite."})
	_, x, err := a.Publications.Create(a.ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"repo:tools"},
		Options: publications.PublishOptions{Translations: true}})
	a.done(x, err)
	apt := a.apt("amd64")
	for language, want := range map[string]bool{"en": true, "none": false} {
		option := "Acquire::Languages=" + language
		if out, err := apt.Run(t.Context(), "apt-get", "-o", option, "update"); err != nil || strings.Contains(out, "\nW:") {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := apt.Run(t.Context(), "apt-cache", "-o", option, "show", "hello")
		if err != nil || strings.Contains(out, "It is very polite.") != want || !strings.Contains(out, "greets") {
			t.Errorf("with %s: %v\n%s", language, err, out)
		}
	}
}
