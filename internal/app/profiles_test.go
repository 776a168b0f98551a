package app_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/site"
	"github.com/aptarium/aptarium/internal/testkit"
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
	newLandscape(t, func(l *landscape) {
		l.noble()
		made := apptest.Must(l.CreateProfile(l.Ctx, app.NewProfile{Title: "Web servers", Description: "All"}))(l.TB)
		apptest.Must(l.CreateAPTSource(l.Ctx, app.NewAPTSource{Name: "nginx", Line: "deb http://nginx.org/debian bookworm nginx", Key: "upstream"}))(l.TB)
		apptest.Must(l.AddPocketsToProfile(l.Ctx, made.Name, app.SeriesPockets{Distribution: "ubuntu", Series: "noble", Pockets: []string{"updates", "release", "updates"}}))(l.TB)
		apptest.Must(l.AddSourcesToProfile(l.Ctx, made.Name, []string{"nginx", "nginx"}))(l.TB)
		got := apptest.Must(l.AssociateProfile(l.Ctx, made.Name, app.Association{Tags: []string{"web", "proxy"}}))(l.TB)
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
		got = apptest.Must(l.RemovePocketsFromProfile(l.Ctx, made.Name, app.SeriesPockets{Distribution: "ubuntu", Series: "noble", Pockets: []string{"updates"}}))(l.TB)
		if len(got.Pockets) != 1 {
			l.TB.Errorf("with one pocket taken it has %+v", got.Pockets)
		}
		if err := l.DropPocket(l.Ctx, in("noble", "release")); err != nil {
			l.TB.Fatal(err)
		}
		if got = apptest.Must(l.Profile(l.Ctx, made.Name))(l.TB); len(got.Pockets) != 0 {
			l.TB.Errorf("a pocket that is dropped is in it still: %+v", got.Pockets)
		}
		coded(l.TB, l.DropKey(l.Ctx, "upstream"), problem.Conflict, keyring.KeyInUse)
		coded(l.TB, l.DropAPTSources(l.Ctx, "nginx"), problem.Conflict, fleet.SourceInUse)
		apptest.Must(l.RemoveSourcesFromProfile(l.Ctx, made.Name, []string{"nginx"}))(l.TB)
		if err := l.DropAPTSources(l.Ctx, "nginx"); err != nil {
			l.TB.Error(err)
		}
		if err := l.DropProfiles(l.Ctx, made.Name); err != nil {
			l.TB.Error(err)
		}
		coded(l.TB, last(l.Profile(l.Ctx, made.Name)), problem.NotFound, fleet.UnknownProfile)
	})
}

func TestProfilesRefuseWhatIsNotThere(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		l.noble()
		apptest.Must(l.CreateProfile(l.Ctx, app.NewProfile{Title: "p"}))(l.TB)
		add := func(distribution, series string, pockets ...string) error {
			return last(l.AddPocketsToProfile(l.Ctx, "p", app.SeriesPockets{Distribution: distribution, Series: series, Pockets: pockets}))
		}
		coded(l.TB, add("debian", "noble", "release"), problem.NotFound, pocket.UnknownDistribution)
		coded(l.TB, add("ubuntu", "jammy", "release"), problem.NotFound, pocket.UnknownSeries)
		coded(l.TB, add("ubuntu", "noble", "release", "staging"), problem.NotFound, pocket.Unknown)
		coded(l.TB, last(l.AddSourcesToProfile(l.Ctx, "p", []string{"s"})), problem.NotFound, fleet.UnknownSource)
		coded(l.TB, last(l.RemoveSourcesFromProfile(l.Ctx, "p", []string{"s"})), problem.NotFound, fleet.UnknownSource)
		coded(l.TB, last(l.AssociateProfile(l.Ctx, "q", app.Association{AllComputers: true})), problem.NotFound, fleet.UnknownProfile)
		coded(l.TB, last(l.AssociateProfile(l.Ctx, "p", app.Association{})), problem.Invalid, problem.ConflictingValues)
		coded(l.TB, last(l.DisassociateProfile(l.Ctx, "p", app.Association{Tags: []string{"a"}, AllComputers: true})), problem.Invalid, problem.ConflictingValues)
		coded(l.TB, last(l.DisassociateProfile(l.Ctx, "p", app.Association{Tags: []string{"a"}})), problem.NotFound, fleet.UnknownTag)
		coded(l.TB, last(l.EditProfile(l.Ctx, "p", app.ProfileEdit{})), problem.Invalid, problem.ConflictingValues)
		coded(l.TB, last(l.CreateProfile(l.Ctx, app.NewProfile{Title: "x", AccessGroup: "moon"})), problem.NotFound, access.UnknownGroup)
		coded(l.TB, l.DropProfiles(l.Ctx, "p", "q"), problem.NotFound, fleet.UnknownProfile)
		got := apptest.Must(l.Profile(l.Ctx, "p"))(l.TB)
		if len(got.Pockets)+len(got.APTSources)+len(got.Tags) > 0 {
			l.TB.Errorf("what was refused left %+v", got)
		}
	})
}

func TestProfilesAndSourcesAreFoundByWhatTheyHave(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		l.noble()
		for _, title := range []string{"one", "two", "three"} {
			apptest.Must(l.CreateProfile(l.Ctx, app.NewProfile{Title: title}))(l.TB)
		}
		apptest.Must(l.CreateAPTSource(l.Ctx, app.NewAPTSource{Name: "s", Line: "deb http://x/y a b"}))(l.TB)
		apptest.Must(l.AddSourcesToProfile(l.Ctx, "two", []string{"s"}))(l.TB)
		apptest.Must(l.AddPocketsToProfile(l.Ctx, "three", app.SeriesPockets{Distribution: "ubuntu", Series: "noble", Pockets: []string{"release"}}))(l.TB)
		apptest.Must(l.AssociateProfile(l.Ctx, "one", app.Association{Tags: []string{"t"}}))(l.TB)
		for want, f := range map[string]app.ProfileFilter{
			"one three two": {}, "one": {Tag: "t"}, "two": {APTSource: "s"}, "three": {Pocket: in("noble", "release")},
			"three two": {Text: "T"}, "one two": {Names: []string{"two", "one", "four"}}, "": {Tag: "t", APTSource: "s"},
		} {
			var names []string
			for _, p := range apptest.Must(l.Profiles(l.Ctx, f, app.Page{}))(l.TB).Items {
				names = append(names, p.Name)
			}
			if got := strings.Join(names, " "); got != want {
				l.TB.Errorf("%+v finds %q, not %q", f, got, want)
			}
		}
		page := apptest.Must(l.Profiles(l.Ctx, app.ProfileFilter{}, app.Page{Limit: 2}))(l.TB)
		if len(page.Items) != 2 || page.Next != "three" {
			l.TB.Errorf("a page of two is %d, then %q", len(page.Items), page.Next)
		}
		coded(l.TB, last(l.Profiles(l.Ctx, app.ProfileFilter{Pocket: in("noble", "moon")}, app.Page{})), problem.NotFound, pocket.Unknown)
		sources := apptest.Must(l.APTSources(l.Ctx, app.APTSourceFilter{Profile: "two", Names: []string{"s"}}, app.Page{}))(l.TB)
		if len(sources.Items) != 1 || strings.Join(sources.Items[0].Profiles, " ") != "two" {
			l.TB.Errorf("%+v", sources)
		}
		tooMany := make([]string, 501)
		if _, err := l.Profiles(l.Ctx, app.ProfileFilter{Names: tooMany}, app.Page{}); !problem.Is(err, problem.TooLarge) {
			l.TB.Errorf("501 names: %v", err)
		}
	})
}

// TestRightsInAGroupReachNoFurther has a person who may work with what is in one access
// group.
func TestRightsInAGroupReachNoFurther(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.CreateProfile(h.Ctx, app.NewProfile{Title: "p"}))(h.TB)
		apptest.Must(h.CreateAPTSource(h.Ctx, app.NewAPTSource{Name: "s", Line: "deb http://x/y a b"}))(h.TB)
		person := func(rights access.Rights) context.Context {
			return access.With(context.Background(), access.Principal{Name: "p@example.org", Person: 1, Rights: rights})
		}
		team := person(access.Rights{access.Read: {"team"}, access.Profile: {"team"}})
		coded(h.TB, last(h.Profile(team, "p")), problem.NotFound, fleet.UnknownProfile)
		coded(h.TB, last(h.APTSource(team, "s")), problem.NotFound, fleet.UnknownSource)
		if got := apptest.Must(h.Profiles(team, app.ProfileFilter{}, app.Page{}))(h.TB).Items; len(got) != 0 {
			h.TB.Errorf("the team sees %+v", got)
		}
		if got := apptest.Must(h.APTSources(team, app.APTSourceFilter{}, app.Page{}))(h.TB).Items; len(got) != 0 {
			h.TB.Errorf("the team sees %+v", got)
		}
		reader := person(access.Rights{access.Read: {access.RootGroup}})
		title := "x"
		for name, err := range map[string]error{
			"create":         last(h.CreateProfile(reader, app.NewProfile{Title: "x"})),
			"edit":           last(h.EditProfile(reader, "p", app.ProfileEdit{Title: &title})),
			"drop":           h.DropProfiles(reader, "p"),
			"associate":      last(h.AssociateProfile(reader, "p", app.Association{AllComputers: true})),
			"sources":        last(h.AddSourcesToProfile(reader, "p", []string{"s"})),
			"create source":  last(h.CreateAPTSource(reader, app.NewAPTSource{Name: "x", Line: "deb http://x/y a b"})),
			"edit source":    last(h.EditAPTSource(reader, "s", app.APTSourceEdit{Key: new(string)})),
			"drop source":    h.DropAPTSources(reader, "s"),
			"list elsewhere": last(h.Profiles(team, app.ProfileFilter{AccessGroup: "global"}, app.Page{})),
			"save a search":  last(h.CreateSavedSearch(reader, app.NewSavedSearch{Title: "x", Search: "tag:x"})),
		} {
			if !problem.Is(err, problem.Denied) {
				h.TB.Errorf("%s: %v", name, err)
			}
		}
		if got := apptest.Must(h.Profiles(reader, app.ProfileFilter{}, app.Page{}))(h.TB).Items; len(got) != 1 {
			h.TB.Errorf("a reader sees %+v", got)
		}
		for name, err := range map[string]error{
			"profile": last(h.Profile(context.Background(), "p")), "profiles": last(h.Profiles(context.Background(), app.ProfileFilter{}, app.Page{})),
			"drop": h.DropProfiles(context.Background(), "p"), "search": last(h.SavedSearch(context.Background(), "x")),
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
		apptest.Must(h.CreateAccessGroup(h.Ctx, app.NewAccessGroup{Title: "team"}))(h.TB)
		apptest.Must(h.CreateProfile(h.Ctx, app.NewProfile{Title: "p", AccessGroup: "team"}))(h.TB)
		apptest.Must(h.CreateAPTSource(h.Ctx, app.NewAPTSource{Name: "s", Line: "deb http://x/y a b", AccessGroup: "team"}))(h.TB)
		apptest.Must(h.DropAccessGroup(h.Ctx, "team"))(h.TB)
		p, s := apptest.Must(h.Profile(h.Ctx, "p"))(h.TB), apptest.Must(h.APTSource(h.Ctx, "s"))(h.TB)
		if p.AccessGroup != "global" || s.AccessGroup != "global" {
			h.TB.Errorf("they are in %s and %s", p.AccessGroup, s.AccessGroup)
		}
	})
}

func TestWhatIsMadeIsLoggedByItsName(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.CreateProfile(h.Ctx, app.NewProfile{Title: "Web servers"}))(h.TB)
		apptest.Must(h.CreateSavedSearch(h.Ctx, app.NewSavedSearch{Title: "Web servers", Search: "tag:web"}))(h.TB)
		for _, subject := range []string{"profile:web-servers", "saved-search:web-servers"} {
			if log := apptest.Must(h.AuditLog(h.Ctx, app.AuditFilter{Subject: subject}, app.Page{}))(h.TB).Items; len(log) != 1 {
				h.TB.Errorf("of %s the log has %+v", subject, log)
			}
		}
	})
}

func TestSourcesErrorsHaveCodes(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		create := func(in app.NewAPTSource) error { return last(h.CreateAPTSource(h.Ctx, in)) }
		line := "deb http://x/y a b"
		if err := create(app.NewAPTSource{Name: "s", Line: line}); err != nil {
			h.TB.Fatal(err)
		}
		coded(h.TB, create(app.NewAPTSource{Name: "s", Line: line}), problem.Conflict, fleet.DuplicateSource)
		coded(h.TB, create(app.NewAPTSource{Name: "t", Line: "deb x"}), problem.Invalid, fleet.InvalidLine)
		coded(h.TB, create(app.NewAPTSource{Name: "T", Line: line}), problem.Invalid, "")
		coded(h.TB, create(app.NewAPTSource{Name: "t", Line: line, Key: "k"}), problem.NotFound, keyring.UnknownKey)
		coded(h.TB, create(app.NewAPTSource{Name: "t", Line: line, AccessGroup: "moon"}), problem.NotFound, access.UnknownGroup)
		bad, unknown := "deb x", "k"
		coded(h.TB, last(h.EditAPTSource(h.Ctx, "s", app.APTSourceEdit{Line: &bad})), problem.Invalid, fleet.InvalidLine)
		coded(h.TB, last(h.EditAPTSource(h.Ctx, "s", app.APTSourceEdit{Key: &unknown})), problem.NotFound, keyring.UnknownKey)
		coded(h.TB, last(h.EditAPTSource(h.Ctx, "t", app.APTSourceEdit{})), problem.NotFound, fleet.UnknownSource)
		coded(h.TB, h.DropAPTSources(h.Ctx, "s", "t"), problem.NotFound, fleet.UnknownSource)
		if _, err := h.APTSource(h.Ctx, "s"); err != nil {
			h.TB.Errorf("what was refused dropped one: %v", err)
		}
	})
}

func TestSearchesErrorsHaveCodes(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		create := func(in app.NewSavedSearch) error { return last(h.CreateSavedSearch(h.Ctx, in)) }
		if err := create(app.NewSavedSearch{Title: "First Computer", Search: "id:1"}); err != nil {
			h.TB.Fatal(err)
		}
		coded(h.TB, create(app.NewSavedSearch{Name: "first-computer", Title: "x", Search: "id:1"}), problem.Conflict, fleet.DuplicateSearch)
		coded(h.TB, create(app.NewSavedSearch{Name: "A b", Title: "x", Search: "id:1"}), problem.Invalid, fleet.InvalidSearchName)
		coded(h.TB, create(app.NewSavedSearch{Title: "x", Search: "colour:red"}), problem.Invalid, fleet.InvalidSearchQuery)
		coded(h.TB, create(app.NewSavedSearch{Title: "x", Search: "search:x"}), problem.Invalid, fleet.InvalidSearchQuery)
		wrong, better := "(", "id:2"
		edit := func(name string, in app.SavedSearchEdit) error { return last(h.EditSavedSearch(h.Ctx, name, in)) }
		coded(h.TB, edit("first-computer", app.SavedSearchEdit{Search: &wrong}), problem.Invalid, fleet.InvalidSearchQuery)
		coded(h.TB, edit("first-computer", app.SavedSearchEdit{}), problem.Invalid, problem.MissingValue)
		coded(h.TB, edit("second", app.SavedSearchEdit{Search: &better}), problem.NotFound, fleet.UnknownSearch)
		coded(h.TB, h.DropSavedSearch(h.Ctx, "second"), problem.NotFound, fleet.UnknownSearch)
		if err := edit("first-computer", app.SavedSearchEdit{Search: &better}); err != nil {
			h.TB.Error(err)
		}
		found := apptest.Must(h.SavedSearches(h.Ctx, "COMPUTER", app.Page{}))(h.TB).Items
		if len(found) != 1 || found[0].Search != better {
			h.TB.Errorf("%+v", found)
		}
		if err := h.DropSavedSearch(h.Ctx, "first-computer"); err != nil {
			h.TB.Error(err)
		}
	})
}

// TestAptReadsTheSourcesOfAProfile gives them to apt in both forms.
func TestAptReadsTheSourcesOfAProfile(t *testing.T) {
	newLandscape(t, func(l *landscape) {
		server := httptest.NewServer(site.New(l.App, "", nil))
		l.TB.Cleanup(server.Close)
		l.Settings.PublicURL = server.URL + "/archive"
		l.noble()
		l.sync(in("noble", "release"))
		l.sync(in("noble", "updates"))
		apptest.Must(l.CreateProfile(l.Ctx, app.NewProfile{Title: "p"}))(l.TB)
		apptest.Must(l.CreateAPTSource(l.Ctx, app.NewAPTSource{Name: "elsewhere", Line: "deb [arch=amd64] " + l.upstream.URL() + " noble multiverse", Key: "upstream"}))(l.TB)
		apptest.Must(l.AddPocketsToProfile(l.Ctx, "p", app.SeriesPockets{Distribution: "ubuntu", Series: "noble", Pockets: []string{"release", "updates"}}))(l.TB)
		apptest.Must(l.AddSourcesToProfile(l.Ctx, "p", []string{"elsewhere"}))(l.TB)
		sources := apptest.Must(l.ProfileSources(l.Ctx, "p"))(l.TB)
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
