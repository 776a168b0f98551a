package profiles_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/site"
	"github.com/aptarium/aptarium/internal/testkit"
	"github.com/google/go-cmp/cmp"
)

// coded checks that something was refused as a kind of problem with a code.
func coded(tb testing.TB, err error, kind problem.Kind, code problem.Reason) {
	tb.Helper()
	if !problem.Is(err, kind) || problem.ReasonOf(err) != code {
		tb.Errorf("%v (%s %s)\nwant %s %s", err, problem.KindOf(err), problem.ReasonOf(err), kind, code)
	}
}

// last takes the error of a call.
func last[T any](_ T, err error) error { return err }

func TestAProfileJoinsPocketsAndSourcesForSomeMachines(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		made := apptest.Must(l.Profiles.Create(l.Ctx, profiles.NewProfile{Title: "Web servers", Description: "All"}))(l.TB)
		apptest.Must(l.Profiles.CreateAPTSource(l.Ctx, profiles.NewAPTSource{Name: "nginx", Line: "deb http://nginx.org/debian bookworm nginx", Key: "upstream"}))(l.TB)
		apptest.Must(l.Profiles.AddPockets(l.Ctx, made.Name, profiles.SeriesPockets{Distribution: "ubuntu", Series: "noble", Pockets: []string{"updates", "release", "updates"}}))(l.TB)
		apptest.Must(l.Profiles.AddSources(l.Ctx, made.Name, []string{"nginx", "nginx"}))(l.TB)
		got := apptest.Must(l.Profiles.Associate(l.Ctx, made.Name, profiles.Association{Tags: []string{"web", "proxy"}}))(l.TB)
		var pockets []string
		for _, p := range got.Pockets {
			pockets = append(pockets, p.Path().String())
		}
		type seen struct {
			Name, Title, Group string
			Tags, Pockets      []string
			Source, Key        string
		}
		want := seen{"web-servers", "Web servers", "global", []string{"proxy", "web"}, []string{"ubuntu/noble/release", "ubuntu/noble/updates"}, "nginx", "upstream"}
		if diff := cmp.Diff(want, seen{got.Name, got.Title, got.AccessGroup, got.Tags, pockets, got.APTSources[0].Name, got.APTSources[0].Key}); diff != "" || len(got.APTSources) != 1 {
			l.TB.Error(diff)
		}
		got = apptest.Must(l.Profiles.RemovePockets(l.Ctx, made.Name, profiles.SeriesPockets{Distribution: "ubuntu", Series: "noble", Pockets: []string{"updates"}}))(l.TB)
		if len(got.Pockets) != 1 {
			l.TB.Errorf("with one pocket taken it has %+v", got.Pockets)
		}
		if err := l.Pockets.Drop(l.Ctx, apptest.In("noble", "release")); err != nil {
			l.TB.Fatal(err)
		}
		if got = apptest.Must(l.Profiles.Get(l.Ctx, made.Name))(l.TB); len(got.Pockets) != 0 {
			l.TB.Errorf("a pocket that is dropped is in it still: %+v", got.Pockets)
		}
		coded(l.TB, l.Keys.Drop(l.Ctx, "upstream"), problem.Conflict, keyring.KeyInUse)
		coded(l.TB, l.Profiles.DropAPTSources(l.Ctx, "nginx"), problem.Conflict, fleet.SourceInUse)
		apptest.Must(l.Profiles.RemoveSources(l.Ctx, made.Name, []string{"nginx"}))(l.TB)
		if err := l.Profiles.DropAPTSources(l.Ctx, "nginx"); err != nil {
			l.TB.Error(err)
		}
		if err := l.Profiles.Drop(l.Ctx, made.Name); err != nil {
			l.TB.Error(err)
		}
		coded(l.TB, last(l.Profiles.Get(l.Ctx, made.Name)), problem.NotFound, fleet.UnknownProfile)
	})
}

func TestProfilesRefuseWhatIsNotThere(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		apptest.Must(l.Profiles.Create(l.Ctx, profiles.NewProfile{Title: "p"}))(l.TB)
		add := func(distribution, series string, pockets ...string) error {
			return last(l.Profiles.AddPockets(l.Ctx, "p", profiles.SeriesPockets{Distribution: distribution, Series: series, Pockets: pockets}))
		}
		coded(l.TB, add("debian", "noble", "release"), problem.NotFound, pocket.UnknownDistribution)
		coded(l.TB, add("ubuntu", "jammy", "release"), problem.NotFound, pocket.UnknownSeries)
		coded(l.TB, add("ubuntu", "noble", "release", "staging"), problem.NotFound, pocket.Unknown)
		coded(l.TB, last(l.Profiles.AddSources(l.Ctx, "p", []string{"s"})), problem.NotFound, fleet.UnknownSource)
		coded(l.TB, last(l.Profiles.RemoveSources(l.Ctx, "p", []string{"s"})), problem.NotFound, fleet.UnknownSource)
		coded(l.TB, last(l.Profiles.Associate(l.Ctx, "q", profiles.Association{AllComputers: true})), problem.NotFound, fleet.UnknownProfile)
		coded(l.TB, last(l.Profiles.Associate(l.Ctx, "p", profiles.Association{})), problem.Invalid, problem.ConflictingValues)
		coded(l.TB, last(l.Profiles.Disassociate(l.Ctx, "p", profiles.Association{Tags: []string{"a"}, AllComputers: true})), problem.Invalid, problem.ConflictingValues)
		coded(l.TB, last(l.Profiles.Disassociate(l.Ctx, "p", profiles.Association{Tags: []string{"a"}})), problem.NotFound, fleet.UnknownTag)
		coded(l.TB, last(l.Profiles.Edit(l.Ctx, "p", profiles.ProfileEdit{})), problem.Invalid, problem.ConflictingValues)
		coded(l.TB, last(l.Profiles.Create(l.Ctx, profiles.NewProfile{Title: "x", AccessGroup: "moon"})), problem.NotFound, access.UnknownGroup)
		coded(l.TB, l.Profiles.Drop(l.Ctx, "p", "q"), problem.NotFound, fleet.UnknownProfile)
		got := apptest.Must(l.Profiles.Get(l.Ctx, "p"))(l.TB)
		if len(got.Pockets)+len(got.APTSources)+len(got.Tags) > 0 {
			l.TB.Errorf("what was refused left %+v", got)
		}
	})
}

func TestProfilesAndSourcesAreFoundByWhatTheyHave(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		l.Noble()
		for _, title := range []string{"one", "two", "three"} {
			apptest.Must(l.Profiles.Create(l.Ctx, profiles.NewProfile{Title: title}))(l.TB)
		}
		apptest.Must(l.Profiles.CreateAPTSource(l.Ctx, profiles.NewAPTSource{Name: "s", Line: "deb http://x/y a b"}))(l.TB)
		apptest.Must(l.Profiles.AddSources(l.Ctx, "two", []string{"s"}))(l.TB)
		apptest.Must(l.Profiles.AddPockets(l.Ctx, "three", profiles.SeriesPockets{Distribution: "ubuntu", Series: "noble", Pockets: []string{"release"}}))(l.TB)
		apptest.Must(l.Profiles.Associate(l.Ctx, "one", profiles.Association{Tags: []string{"t"}}))(l.TB)
		for want, f := range map[string]profiles.Filter{
			"one three two": {}, "one": {Tag: "t"}, "two": {APTSource: "s"}, "three": {Pocket: apptest.In("noble", "release")},
			"three two": {Text: "T"}, "one two": {Names: []string{"two", "one", "four"}}, "": {Tag: "t", APTSource: "s"},
		} {
			var names []string
			for _, p := range apptest.Must(l.Profiles.List(l.Ctx, f, usecase.Page{}))(l.TB).Items {
				names = append(names, p.Name)
			}
			if got := strings.Join(names, " "); got != want {
				l.TB.Errorf("%+v finds %q, not %q", f, got, want)
			}
		}
		page := apptest.Must(l.Profiles.List(l.Ctx, profiles.Filter{}, usecase.Page{Limit: 2}))(l.TB)
		if len(page.Items) != 2 || page.Next != "three" {
			l.TB.Errorf("a page of two is %d, then %q", len(page.Items), page.Next)
		}
		coded(l.TB, last(l.Profiles.List(l.Ctx, profiles.Filter{Pocket: apptest.In("noble", "moon")}, usecase.Page{})), problem.NotFound, pocket.Unknown)
		sources := apptest.Must(l.Profiles.APTSources(l.Ctx, profiles.APTSourceFilter{Profile: "two", Names: []string{"s"}}, usecase.Page{}))(l.TB)
		if len(sources.Items) != 1 || strings.Join(sources.Items[0].Profiles, " ") != "two" {
			l.TB.Errorf("%+v", sources)
		}
		tooMany := make([]string, 501)
		if _, err := l.Profiles.List(l.Ctx, profiles.Filter{Names: tooMany}, usecase.Page{}); !problem.Is(err, problem.TooLarge) {
			l.TB.Errorf("501 names: %v", err)
		}
	})
}

// TestRightsInAGroupReachNoFurther has a person who may work with what is in one access
// group.
func TestRightsInAGroupReachNoFurther(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.Profiles.Create(h.Ctx, profiles.NewProfile{Title: "p"}))(h.TB)
		apptest.Must(h.Profiles.CreateAPTSource(h.Ctx, profiles.NewAPTSource{Name: "s", Line: "deb http://x/y a b"}))(h.TB)
		person := func(rights access.Rights) context.Context {
			return access.With(context.Background(), access.Principal{Name: "p@example.org", Person: 1, Rights: rights})
		}
		team := person(access.Rights{access.Read: {"team"}, access.Profile: {"team"}})
		coded(h.TB, last(h.Profiles.Get(team, "p")), problem.NotFound, fleet.UnknownProfile)
		coded(h.TB, last(h.Profiles.APTSource(team, "s")), problem.NotFound, fleet.UnknownSource)
		if got := apptest.Must(h.Profiles.List(team, profiles.Filter{}, usecase.Page{}))(h.TB).Items; len(got) != 0 {
			h.TB.Errorf("the team sees %+v", got)
		}
		if got := apptest.Must(h.Profiles.APTSources(team, profiles.APTSourceFilter{}, usecase.Page{}))(h.TB).Items; len(got) != 0 {
			h.TB.Errorf("the team sees %+v", got)
		}
		reader := person(access.Rights{access.Read: {access.RootGroup}})
		title := "x"
		for name, err := range map[string]error{
			"create":         last(h.Profiles.Create(reader, profiles.NewProfile{Title: "x"})),
			"edit":           last(h.Profiles.Edit(reader, "p", profiles.ProfileEdit{Title: &title})),
			"drop":           h.Profiles.Drop(reader, "p"),
			"associate":      last(h.Profiles.Associate(reader, "p", profiles.Association{AllComputers: true})),
			"sources":        last(h.Profiles.AddSources(reader, "p", []string{"s"})),
			"create source":  last(h.Profiles.CreateAPTSource(reader, profiles.NewAPTSource{Name: "x", Line: "deb http://x/y a b"})),
			"edit source":    last(h.Profiles.EditAPTSource(reader, "s", profiles.APTSourceEdit{Key: new(string)})),
			"drop source":    h.Profiles.DropAPTSources(reader, "s"),
			"list elsewhere": last(h.Profiles.List(team, profiles.Filter{AccessGroup: "global"}, usecase.Page{})),
			"save a search":  last(h.Profiles.CreateSavedSearch(reader, profiles.NewSavedSearch{Title: "x", Search: "tag:x"})),
		} {
			if !problem.Is(err, problem.Denied) {
				h.TB.Errorf("%s: %v", name, err)
			}
		}
		if got := apptest.Must(h.Profiles.List(reader, profiles.Filter{}, usecase.Page{}))(h.TB).Items; len(got) != 1 {
			h.TB.Errorf("a reader sees %+v", got)
		}
		for name, err := range map[string]error{
			"profile": last(h.Profiles.Get(context.Background(), "p")), "profiles": last(h.Profiles.List(context.Background(), profiles.Filter{}, usecase.Page{})),
			"drop": h.Profiles.Drop(context.Background(), "p"), "search": last(h.Profiles.SavedSearch(context.Background(), "x")),
		} {
			if !problem.Is(err, problem.Unauthenticated) {
				h.TB.Errorf("nobody asks for %s: %v", name, err)
			}
		}
	})
}

func TestWhatIsInAGroupMovesUpWhenTheGroupIsDropped(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.People.CreateAccessGroup(h.Ctx, people.NewAccessGroup{Title: "team"}))(h.TB)
		apptest.Must(h.Profiles.Create(h.Ctx, profiles.NewProfile{Title: "p", AccessGroup: "team"}))(h.TB)
		apptest.Must(h.Profiles.CreateAPTSource(h.Ctx, profiles.NewAPTSource{Name: "s", Line: "deb http://x/y a b", AccessGroup: "team"}))(h.TB)
		apptest.Must(h.People.DropAccessGroup(h.Ctx, "team"))(h.TB)
		p, s := apptest.Must(h.Profiles.Get(h.Ctx, "p"))(h.TB), apptest.Must(h.Profiles.APTSource(h.Ctx, "s"))(h.TB)
		if p.AccessGroup != "global" || s.AccessGroup != "global" {
			h.TB.Errorf("they are in %s and %s", p.AccessGroup, s.AccessGroup)
		}
	})
}

func TestWhatIsMadeIsLoggedByItsName(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.Profiles.Create(h.Ctx, profiles.NewProfile{Title: "Web servers"}))(h.TB)
		apptest.Must(h.Profiles.CreateSavedSearch(h.Ctx, profiles.NewSavedSearch{Title: "Web servers", Search: "tag:web"}))(h.TB)
		for _, subject := range []string{"profile:web-servers", "saved-search:web-servers"} {
			if log := apptest.Must(h.Audit.Log(h.Ctx, audit.Filter{Subject: subject}, usecase.Page{}))(h.TB).Items; len(log) != 1 {
				h.TB.Errorf("of %s the log has %+v", subject, log)
			}
		}
	})
}

func TestSourcesErrorsHaveCodes(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		create := func(in profiles.NewAPTSource) error { return last(h.Profiles.CreateAPTSource(h.Ctx, in)) }
		line := "deb http://x/y a b"
		if err := create(profiles.NewAPTSource{Name: "s", Line: line}); err != nil {
			h.TB.Fatal(err)
		}
		coded(h.TB, create(profiles.NewAPTSource{Name: "s", Line: line}), problem.Conflict, fleet.DuplicateSource)
		coded(h.TB, create(profiles.NewAPTSource{Name: "t", Line: "deb x"}), problem.Invalid, fleet.InvalidLine)
		coded(h.TB, create(profiles.NewAPTSource{Name: "T", Line: line}), problem.Invalid, "")
		coded(h.TB, create(profiles.NewAPTSource{Name: "t", Line: line, Key: "k"}), problem.NotFound, keyring.UnknownKey)
		coded(h.TB, create(profiles.NewAPTSource{Name: "t", Line: line, AccessGroup: "moon"}), problem.NotFound, access.UnknownGroup)
		bad, unknown := "deb x", "k"
		coded(h.TB, last(h.Profiles.EditAPTSource(h.Ctx, "s", profiles.APTSourceEdit{Line: &bad})), problem.Invalid, fleet.InvalidLine)
		coded(h.TB, last(h.Profiles.EditAPTSource(h.Ctx, "s", profiles.APTSourceEdit{Key: &unknown})), problem.NotFound, keyring.UnknownKey)
		coded(h.TB, last(h.Profiles.EditAPTSource(h.Ctx, "t", profiles.APTSourceEdit{})), problem.NotFound, fleet.UnknownSource)
		coded(h.TB, h.Profiles.DropAPTSources(h.Ctx, "s", "t"), problem.NotFound, fleet.UnknownSource)
		if _, err := h.Profiles.APTSource(h.Ctx, "s"); err != nil {
			h.TB.Errorf("what was refused dropped one: %v", err)
		}
	})
}

func TestSearchesErrorsHaveCodes(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		create := func(in profiles.NewSavedSearch) error { return last(h.Profiles.CreateSavedSearch(h.Ctx, in)) }
		if err := create(profiles.NewSavedSearch{Title: "First Computer", Search: "id:1"}); err != nil {
			h.TB.Fatal(err)
		}
		coded(h.TB, create(profiles.NewSavedSearch{Name: "first-computer", Title: "x", Search: "id:1"}), problem.Conflict, fleet.DuplicateSearch)
		coded(h.TB, create(profiles.NewSavedSearch{Name: "A b", Title: "x", Search: "id:1"}), problem.Invalid, fleet.InvalidSearchName)
		coded(h.TB, create(profiles.NewSavedSearch{Title: "x", Search: "colour:red"}), problem.Invalid, fleet.InvalidSearchQuery)
		coded(h.TB, create(profiles.NewSavedSearch{Title: "x", Search: "search:x"}), problem.Invalid, fleet.InvalidSearchQuery)
		wrong, better := "(", "id:2"
		edit := func(name string, in profiles.SavedSearchEdit) error {
			return last(h.Profiles.EditSavedSearch(h.Ctx, name, in))
		}
		coded(h.TB, edit("first-computer", profiles.SavedSearchEdit{Search: &wrong}), problem.Invalid, fleet.InvalidSearchQuery)
		coded(h.TB, edit("first-computer", profiles.SavedSearchEdit{}), problem.Invalid, problem.MissingValue)
		coded(h.TB, edit("second", profiles.SavedSearchEdit{Search: &better}), problem.NotFound, fleet.UnknownSearch)
		coded(h.TB, h.Profiles.DropSavedSearch(h.Ctx, "second"), problem.NotFound, fleet.UnknownSearch)
		if err := edit("first-computer", profiles.SavedSearchEdit{Search: &better}); err != nil {
			h.TB.Error(err)
		}
		found := apptest.Must(h.Profiles.SavedSearches(h.Ctx, "COMPUTER", usecase.Page{}))(h.TB).Items
		if len(found) != 1 || found[0].Search != better {
			h.TB.Errorf("%+v", found)
		}
		if err := h.Profiles.DropSavedSearch(h.Ctx, "first-computer"); err != nil {
			h.TB.Error(err)
		}
	})
}

// TestAptReadsTheSourcesOfAProfile gives them to apt in both forms.
func TestAptReadsTheSourcesOfAProfile(t *testing.T) {
	apptest.NewLandscape(t, func(l *apptest.Landscape) {
		server := httptest.NewServer(site.New(l.App.Publications, "", nil))
		l.TB.Cleanup(server.Close)
		l.Settings.PublicURL = server.URL + "/archive"
		l.Noble()
		l.Sync(apptest.In("noble", "release"))
		l.Sync(apptest.In("noble", "updates"))
		apptest.Must(l.Profiles.Create(l.Ctx, profiles.NewProfile{Title: "p"}))(l.TB)
		apptest.Must(l.Profiles.CreateAPTSource(l.Ctx, profiles.NewAPTSource{Name: "elsewhere", Line: "deb [arch=amd64] " + l.Upstream.URL() + " noble multiverse", Key: "upstream"}))(l.TB)
		apptest.Must(l.Profiles.AddPockets(l.Ctx, "p", profiles.SeriesPockets{Distribution: "ubuntu", Series: "noble", Pockets: []string{"release", "updates"}}))(l.TB)
		apptest.Must(l.Profiles.AddSources(l.Ctx, "p", []string{"elsewhere"}))(l.TB)
		sources := apptest.Must(l.Profiles.Sources(l.Ctx, "p"))(l.TB)
		if len(sources.Items) != 3 || len(sources.Keys) != 2 || sources.Items[0].Pocket != "ubuntu/noble/release" || sources.Items[2].APTSource != "elsewhere" {
			l.TB.Fatalf("%+v", sources)
		}
		dir, list := l.TB.TempDir(), sources.List
		for _, k := range sources.Keys {
			path := filepath.Join(dir, filepath.Base(k.Path))
			if err := os.WriteFile(path, []byte(k.Armored), 0o600); err != nil {
				l.TB.Fatal(err)
			}
			list = strings.ReplaceAll(list, k.Path, path)
		}
		listFile := filepath.Join(dir, "p.list")
		if err := os.WriteFile(listFile, []byte(list), 0o600); err != nil {
			l.TB.Fatal(err)
		}
		for form, options := range map[string]testkit.AptOptions{
			"stanzas": {Architecture: "amd64", Sources: sources.Sources},
			"lines":   {Architecture: "amd64", Config: "Dir::Etc::sourcelist \"" + listFile + "\";\n"},
		} {
			apt, err := testkit.NewApt(l.TB.TempDir(), options)
			if err != nil {
				l.TB.Fatal(err)
			}
			if out, err := apt.Run(l.Ctx, "apt-get", "update"); err != nil {
				l.TB.Fatalf("%s: %v\n%s", form, err, out)
			}
			for name, version := range map[string]string{"hello": "2", "docs": "1", "odd": "1"} {
				out, err := apt.Run(l.Ctx, "apt-cache", "policy", name)
				if err != nil || !strings.Contains(out, "Candidate: "+version) {
					l.TB.Errorf("%s: %s is %v\n%s", form, name, err, out)
				}
			}
		}
	})
}
