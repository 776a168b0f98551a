package landscape_test

import (
	"net/http"
	"slices"
	"testing"
)

// profile makes a repository profile, called as its title.
func (h *house) profile(title string, more ...string) {
	h.TB.Helper()
	h.do("CreateRepositoryProfile", slices.Concat([]string{"title", title}, more)...).ok()
}

// source makes an APT source.
func (h *house) source(name string) {
	h.TB.Helper()
	h.do("CreateAPTSource", "name", name, "apt_line", "deb http://archive.example.org/ubuntu noble main").ok()
}

func TestRepositoryProfilesAreCreatedEditedAndRemoved(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.do("GetRepositoryProfiles").is(`[]`)
		h.do("CreateRepositoryProfile", "title", "Lucid Example", "description", "Example Lucid profile").golden()
		h.do("CreateRepositoryProfile", "title", "Lucid Example").goldenAs("CreateRepositoryProfile-again")
		h.do("EditRepositoryProfile", "name", "lucid-example-2", "description", "The second").ok()
		h.do("EditRepositoryProfile", "name", "lucid-example-2", "title", "Natty").golden()
		h.do("GetRepositoryProfiles").golden()
		var found []struct{ Name string }
		h.do("GetRepositoryProfiles", listed("names", "lucid-example", "nothing")...).into(&found)
		if len(found) != 1 || found[0].Name != "lucid-example" {
			h.TB.Errorf("one name gives %v", found)
		}
		h.do("RemoveRepositoryProfile", "name", "lucid-example").golden()
		h.do("RemoveRepositoryProfiles", listed("names", "lucid-example-2", "lucid-example")...).fails(http.StatusBadRequest, "UnknownRepositoryProfile", "lucid-example")
		h.do("RemoveRepositoryProfiles", listed("names", "lucid-example-2")...).golden()
		h.do("GetRepositoryProfiles").is(`[]`)
	})
}

func TestRepositoryProfilesThatCannotBe(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.profile("p")
		h.do("CreateRepositoryProfile", "title", "*").fails(http.StatusBadRequest, "InvalidParameterValue", "title")
		h.do("CreateRepositoryProfile", "title", "x", "access_group", "moon").fails(http.StatusBadRequest, "UnknownAccessGroup", "moon")
		h.do("EditRepositoryProfile", "name", "p").fails(http.StatusBadRequest, "InvalidParameterCombination")
		h.do("EditRepositoryProfile", "name", "q", "title", "x").fails(http.StatusBadRequest, "UnknownRepositoryProfile", "q")
		h.do("RemoveRepositoryProfile", "name", "q").fails(http.StatusBadRequest, "UnknownRepositoryProfile", "q")
	})
}

func TestTagsCountAgainWhenAProfileIsNotOfAllComputersAnyMore(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.profile("p")
		h.do("AssociateRepositoryProfile", slices.Concat([]string{"name", "p"}, listed("tags", "server", "lucid", "server"))...).golden()
		h.do("AssociateRepositoryProfile", "name", "p", "all_computers", "true").goldenAs("AssociateRepositoryProfile-all")
		h.do("DisassociateRepositoryProfile", "name", "p", "tags.1", "lucid").ok()
		h.do("DisassociateRepositoryProfile", "name", "p", "all_computers", "true").golden()
	})
}

func TestAssociationsThatCannotBe(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.profile("p", "description", "x")
		h.do("AssociateRepositoryProfile", "name", "p", "tags.1", "server").ok()
		for _, action := range []string{"AssociateRepositoryProfile", "DisassociateRepositoryProfile"} {
			h.do(action, "name", "q", "tags.1", "server").fails(http.StatusBadRequest, "UnknownRepositoryProfile", "q")
			h.do(action, "name", "p").fails(http.StatusBadRequest, "InvalidParameterCombination")
			h.do(action, "name", "p", "all_computers", "true", "tags.1", "server").fails(http.StatusBadRequest, "InvalidParameterCombination")
		}
		h.do("AssociateRepositoryProfile", "name", "p", "tags.1", "a b").fails(http.StatusBadRequest, "InvalidParameterValue", "tags")
		h.do("DisassociateRepositoryProfile", "name", "p", "tags.1", "server", "tags.2", "natty").fails(http.StatusBadRequest, "UnknownTag", "natty")
		var found []struct{ Tags []string }
		h.do("GetRepositoryProfiles").into(&found)
		if len(found) != 1 || !slices.Equal(found[0].Tags, []string{"server"}) {
			h.TB.Errorf("what was refused left %v", found)
		}
	})
}

// ofSeries are the parameters that name pockets for the profile p.
func ofSeries(distribution, series string, pockets ...string) []string {
	return slices.Concat([]string{"name", "p", "series", series, "distribution", distribution}, listed("pockets", pockets...))
}

func TestPocketsJoinAndLeaveRepositoryProfiles(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.noble()
		w.profile("p")
		w.do("AddPocketsToRepositoryProfile", ofSeries("ubuntu", "noble", "updates", "release")...).golden()
		for _, action := range []string{"AddPocketsToRepositoryProfile", "RemovePocketsFromRepositoryProfile"} {
			w.do(action, slices.Concat(ofSeries("ubuntu", "noble", "release"), nil)...).ok()
			w.do(action, ofSeries("ubuntu", "noble", "staging")...).fails(http.StatusBadRequest, "UnknownPocket", "staging")
			w.do(action, ofSeries("ubuntu", "natty", "release")...).fails(http.StatusBadRequest, "UnknownSeries", "natty")
			w.do(action, ofSeries("debian", "noble", "release")...).fails(http.StatusBadRequest, "UnknownDistribution", "debian")
			w.do(action, "name", "q", "series", "noble", "distribution", "ubuntu", "pockets.1", "release").fails(http.StatusBadRequest, "UnknownRepositoryProfile", "q")
		}
		w.do("RemovePocketsFromRepositoryProfile", ofSeries("ubuntu", "noble", "release")...).golden()
		w.do("RemovePocket", ofPocket("noble", "updates")...).ok()
		var found []struct{ Pockets []any }
		w.do("GetRepositoryProfiles").into(&found)
		if len(found) != 1 || len(found[0].Pockets) != 0 {
			w.TB.Errorf("a pocket that was removed is in %v", found)
		}
	})
}

func TestAPTSourcesJoinAndLeaveRepositoryProfiles(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.profile("p")
		h.source("lucid-main")
		h.source("lucid-universe")
		h.do("AddAPTSourcesToRepositoryProfile", slices.Concat([]string{"name", "p"}, listed("apt_sources", "lucid-universe", "lucid-main"))...).golden()
		h.do("GetAPTSources").goldenAs("GetAPTSources-profiles")
		h.do("RemoveAPTSource", "name", "lucid-main").fails(http.StatusBadRequest, "APTSourceInUse", "p")
		h.do("RemoveAPTSources", "names.1", "lucid-main").fails(http.StatusBadRequest, "APTSourceInUse", "p")
		h.do("RemoveAPTSourceFromRepositoryProfile", "name", "p", "apt_source", "lucid-main").golden()
		h.do("RemoveAPTSourcesFromRepositoryProfile", "name", "p", "apt_sources.1", "lucid-universe", "apt_sources.2", "lucid-main").golden()
		for action, source := range map[string]string{
			"AddAPTSourcesToRepositoryProfile": "apt_sources.1", "RemoveAPTSourceFromRepositoryProfile": "apt_source", "RemoveAPTSourcesFromRepositoryProfile": "apt_sources.1",
		} {
			h.do(action, "name", "p", source, "moon").fails(http.StatusBadRequest, "UnknownAPTSource", "moon")
			h.do(action, "name", "q", source, "lucid-main").fails(http.StatusBadRequest, "UnknownRepositoryProfile", "q")
		}
		h.do("RemoveAPTSource", "name", "lucid-main").golden()
	})
}

func TestRepositoryProfilesAreForThoseWhoMay(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.noble()
		w.profile("p")
		w.source("s")
		reader := w.as("reader")
		for action, parameters := range map[string][]string{
			"CreateRepositoryProfile":               {"title", "x"},
			"EditRepositoryProfile":                 {"name", "p", "title", "x"},
			"RemoveRepositoryProfile":               {"name", "p"},
			"RemoveRepositoryProfiles":              {"names.1", "p"},
			"AssociateRepositoryProfile":            {"name", "p", "tags.1", "x"},
			"DisassociateRepositoryProfile":         {"name", "p", "tags.1", "x"},
			"AddPocketsToRepositoryProfile":         ofSeries("ubuntu", "noble", "release"),
			"RemovePocketsFromRepositoryProfile":    ofSeries("ubuntu", "noble", "release"),
			"AddAPTSourcesToRepositoryProfile":      {"name", "p", "apt_sources.1", "s"},
			"RemoveAPTSourceFromRepositoryProfile":  {"name", "p", "apt_source", "s"},
			"RemoveAPTSourcesFromRepositoryProfile": {"name", "p", "apt_sources.1", "s"},
			"CreateAPTSource":                       {"name", "t", "apt_line", "deb http://x/y a b"},
			"RemoveAPTSource":                       {"name", "s"},
			"RemoveAPTSources":                      {"names.1", "s"},
			"CreateSavedSearch":                     {"title", "x", "search", "tag:x"},
			"EditSavedSearch":                       {"name", "x", "search", "tag:y"},
			"RemoveSavedSearch":                     {"name", "x"},
		} {
			reader.do(action, parameters...).fails(http.StatusForbidden, "Unauthorised")
		}
		for _, action := range []string{"GetRepositoryProfiles", "GetAPTSources", "GetSavedSearches"} {
			reader.do(action).ok()
		}
	})
}
