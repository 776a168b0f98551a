package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

// TestHistoryStaysSmall is the measurement in short. What a revision costs hardly
// depends on the size of the suite, and what a release costs not at all.
func TestHistoryStaysSmall(t *testing.T) {
	t.Parallel()
	s := settings{packages: 2_000, revisions: 200, releases: 10, dir: t.TempDir(), volatile: true, say: t.Output()}
	f, err := measure(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	f.print(t.Output())
	if err := f.missed(targets); err != nil {
		t.Error(err)
	}
	if f.differences != s.revisions {
		t.Errorf("the first and the last revision differ in %d packages", f.differences)
	}
	if want := 1 + s.releases; f.inReleases != want || f.indexes != 3*want { // plain, gz and zst
		t.Errorf("%d InRelease files and %d indexes were read of %d releases", f.inReleases, f.indexes, want)
	}
}

func TestWhatIsBeyondALimitIsMissed(t *testing.T) {
	t.Parallel()
	good := figures{open: time.Millisecond, diff: time.Millisecond,
		revisions: growth{steps: 10, database: 10_000}, releases: growth{steps: 10, database: 100_000, pool: 800_000}}
	l := limits{revisionBytes: 1000, open: time.Millisecond, diff: time.Millisecond, releaseBytes: 90_000}
	if err := good.missed(l); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*figures){
		"for a revision":      func(f *figures) { f.revisions.database += 10 },
		"a revision is open":  func(f *figures) { f.open++ },
		"are compared in":     func(f *figures) { f.diff++ },
		"pool grow by 90001 ": func(f *figures) { f.releases.pool += 10 },
	} {
		f := good
		change(&f)
		if err := f.missed(l); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestFlagsSayHowMuchIsMeasured(t *testing.T) {
	t.Parallel()
	if s, err := parseSettings([]string{"-packages", "100", "-revisions", "1", "-releases", "0"}, io.Discard); err != nil || s.packages != 100 || s.releases != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, args := range [][]string{{"-packages", "99"}, {"-revisions", "0"}, {"-releases", "-1"}, {"more"}, {"-unknown"}} {
		if _, err := parseSettings(args, io.Discard); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}
