package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/testkit"
)

// remembered serves debian stable with hello 2, and returns a past second at which
// it had hello 1.
func remembered(t *testing.T) (a *aptarium, then string) {
	t.Helper()
	a = start(t, t.TempDir())
	if _, err := a.Repos.Create(a.ctx, repos.NewRepo{Name: "tools"}); err != nil {
		t.Fatal(err)
	}
	a.add("tools", testkit.Package{Name: "hello", Version: "1", Architecture: "all"})
	a.publish("repo:tools")
	past, err := a.Publications.Releases(a.ctx, "debian", "stable", usecase.Page{})
	if err != nil {
		t.Fatal(err)
	}
	// A second means the state at its end, so what comes next must fall into another.
	time.Sleep(time.Until(past.Items[0].At.Truncate(time.Second).Add(time.Second)))
	if _, err := a.Repos.RemovePackages(a.ctx, "tools", collections.Terms{Name: "hello"}); err != nil {
		t.Fatal(err)
	}
	a.add("tools", testkit.Package{Name: "hello", Version: "2", Architecture: "all"})
	a.update()
	return a, past.Items[0].Snapshot
}

// detail returns the details of debian stable that users see.
func (a *aptarium) detail() publications.PublicationDetail {
	a.tb.Helper()
	d, err := a.Publications.Get(a.ctx, "debian", "stable")
	if err != nil {
		a.tb.Fatal(err)
	}
	return d
}

// debian13 is a client with the apt of Debian 13, which knows Snapshot.
func debian13(t *testing.T, sources, config string) *testkit.System {
	t.Helper()
	s, err := testkit.NewSystem(t.Context(), "trixie", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"etc/apt/sources.list.d/test.sources": sources, "etc/apt/apt.conf.d/50snapshots": config} {
		if err := s.Write(name, text); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// installsHello wants what a run of commands installs to be a version of hello.
func installsHello(t *testing.T, s *testkit.System, want string, commands ...string) {
	t.Helper()
	for _, line := range commands {
		args := strings.Fields(line)
		out, err := s.Run(t.Context(), args[0], args[1:]...)
		if err != nil || strings.Contains(out, "W: ") && !strings.Contains(out, "unsandboxed") {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	if got, err := s.InstalledVersion(t.Context(), "hello"); got != want || err != nil {
		t.Errorf("hello %q is installed, not %q, %v", got, want, err)
	}
}

// TestAptOfDebian13InstallsThePastAndThePresent: from one publication, as
// `publish show` describes it.
func TestAptOfDebian13InstallsThePastAndThePresent(t *testing.T) {
	t.Parallel()
	a, then := remembered(t)
	d := a.detail()
	const update, install = "apt-get update", "apt-get install hello"
	for name, c := range map[string]struct {
		sources, config string
		want            string
		commands        []string
	}{
		"now":                               {d.SourcesFile, "", "2", []string{update, install}},
		"by -S":                             {d.SourcesFile, "", "1", []string{update, "apt-get update -S " + then, "apt-get install -S " + then + " hello"}},
		"by -S without the Z":               {d.SourcesFile, "", "1", []string{update, "apt-get update -S " + then[:15], "apt-get install -S " + then[:15] + " hello"}},
		"by Snapshot in the stanza":         {"Snapshot: " + then + "\n" + d.SourcesFile, d.SnapshotsConfiguration, "1", []string{update, install}},
		"now, though -S was meant for them": {"Snapshot: disable\n" + d.SourcesFile, "", "2", []string{update, "apt-get install -S " + then + " hello"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			installsHello(t, debian13(t, c.sources, c.config), c.want, c.commands...)
		})
	}
}

// TestAptOfDebian13StaysAtASecond once it has read where the past is.
func TestAptOfDebian13StaysAtASecond(t *testing.T) {
	t.Parallel()
	a, then := remembered(t)
	sources := a.detail().SourcesFile
	s := debian13(t, sources, "")
	if out, err := s.Run(t.Context(), "apt-get", "update"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := s.Write("etc/apt/sources.list.d/test.sources", "Snapshot: "+then+"\n"+sources); err != nil {
		t.Fatal(err)
	}
	installsHello(t, s, "1", "apt-get update", "apt-get install hello")
}

func TestAptOfDebian13IsToldThatTheFutureIsNotKnown(t *testing.T) {
	t.Parallel()
	a, _ := remembered(t)
	s := debian13(t, a.detail().SourcesFile, "")
	if out, err := s.Run(t.Context(), "apt-get", "update"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := s.Run(t.Context(), "apt-get", "update", "-S", "29991231T000000Z"); err == nil || !strings.Contains(out, "404") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestAptOfTheMachineInstallsThePastByItsAddress: an apt that knows no Snapshot,
// such as that of Debian 12.
func TestAptOfTheMachineInstallsThePastByItsAddress(t *testing.T) {
	t.Parallel()
	a, then := remembered(t)
	past, err := a.Publications.GetAt(a.ctx, "debian", "stable", then)
	if err != nil {
		t.Fatal(err)
	}
	for want, sources := range map[string]string{"1": past.SourcesFile, "2": a.detail().SourcesFile} {
		apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Architecture: "amd64", Sources: sources})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := apt.Update(t.Context()); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if out, err := apt.Install(t.Context(), "hello"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got, err := apt.InstalledVersion(t.Context(), "hello"); got != want || err != nil {
			t.Errorf("hello %q is installed, not %q, %v", got, want, err)
		}
	}
}

// TestAptReadsAPastThatWasNotToLast: a publication whose releases are valid for a
// while has a past that apt accepts if its options permit expired releases.
func TestAptReadsAPastThatWasNotToLast(t *testing.T) {
	t.Parallel()
	a, then := remembered(t)
	options := a.detail().Options
	options.ValidFor = time.Minute
	a.done(a.Publications.Update(a.ctx, "debian", "stable", publications.PublicationEdit{Options: &options}))
	if got := a.detail().SourcesFile; strings.Contains(got, "Check-Valid-Until") {
		t.Errorf("now:\n%s", got)
	}
	if past, err := a.Publications.GetAt(a.ctx, "debian", "stable", then); err != nil || strings.Contains(past.SourcesFile, "Check-Valid-Until") {
		t.Errorf("a release without end: %v\n%s", err, past.SourcesFile)
	}
	last := a.detail().PublishedAt
	time.Sleep(time.Until(last.Truncate(time.Second).Add(time.Second)))
	past, err := a.Publications.GetAt(a.ctx, "debian", "stable", last.Format("20060102T150405Z"))
	if err != nil || !strings.Contains(past.SourcesFile, "\nCheck-Valid-Until: no\n") {
		t.Errorf("a release that ends: %v\n%s", err, past.SourcesFile)
	}
}
