package landscape_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/pockets/dput"
)

func TestPocketsOfEachModeAreMade(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.do("CreateSeries", "name", "noble", "distribution", "ubuntu").ok()
		w.pocket("release", "mirror", "mirror_uri", w.upstream.URL(), "mirror_gpg_key", "upstream", "include_udeb", "true").goldenAs("CreatePocket-mirror")
		w.pocket("test", "pull", "pull_pocket", "release", "filter_type", "whitelist").goldenAs("CreatePocket-pull")
		w.pocket("staging", "upload", "upload_allow_unsigned", "true").golden()
		w.do("RemovePocket", ofPocket("noble", "test")...).golden()
	})
}

// TestAPocketIsFilledAndPromoted goes the way of packages: from the upstream to a mirror,
// from that to the pocket that pulls from it.
func TestAPocketIsFilledAndPromoted(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.everyMode()
		w.ended(w.do("SyncMirrorPocket", ofPocket("noble", "release")...).golden())
		w.do("ListPocket", ofPocket("noble", "release")...).golden()
		w.do("AddPackageFiltersToPocket", ofPocket("noble", "test", listed("packages", "docs", "more")...)...).golden()
		w.do("RemovePackageFiltersFromPocket", ofPocket("noble", "test", listed("packages", "more", "never")...)...).golden()
		w.do("DiffPullPocket", ofPocket("noble", "test")...).is(`{"main/amd64":{"add":[["hello","1"]]}}`)
		w.ended(w.do("PullPackagesToPocket", ofPocket("noble", "test")...).golden())
		w.do("ListPocket", ofPocket("noble", "test")...).is(`{"main/amd64":[["hello","1"]]}`)
		w.do("DiffPullPocket", ofPocket("noble", "test")...).is(`{}`)
		w.offer("hello 1.1 amd64 main", "new 1 amd64 main")
		w.ended(w.do("SyncMirrorPocket", ofPocket("noble", "release")...))
		w.do("RemovePackageFiltersFromPocket", ofPocket("noble", "test", listed("packages", "docs")...)...).ok()
		w.do("DiffPullPocket", ofPocket("noble", "test")...).golden()
		w.do("GetActivities", "query", "type:SyncPocketRequest status:succeeded", "limit", "1").goldenAs("GetActivities-sync")
	})
}

func TestPackagesOfAnUploadPocketAreRemoved(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.everyMode()
		w.upload("staging", "mine", "1")
		w.upload("staging", "yours", "1")
		w.ended(w.do("RemovePackagesFromPocket", ofPocket("noble", "staging", listed("packages", "mine", "other")...)...).golden())
		w.do("ListPocket", ofPocket("noble", "staging")...).is(`{"main/amd64":[["yours","1"]]}`)
	})
}

func TestUploadersAreAddedAndRemoved(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.everyMode()
		key := ofPocket("noble", "staging", "gpg_keys.1", "upstream")
		w.do("AddUploaderGPGKeysToPocket", key...).golden()
		w.do("AddUploaderGPGKeysToPocket", key...).fails(http.StatusBadRequest, "GPGKeyAlreadyAssociated", "gpg_keys")
		w.do("RemoveGPGKey", "name", "upstream").fails(http.StatusBadRequest, "GPGKeyInUse")
		w.do("RemoveUploaderGPGKeysFromPocket", key...).golden()
		w.do("RemoveUploaderGPGKeysFromPocket", key...).fails(http.StatusBadRequest, "GPGKeyNotAssociated", "gpg_keys")
		for _, action := range []string{"AddUploaderGPGKeysToPocket", "RemoveUploaderGPGKeysFromPocket"} {
			w.do(action, ofPocket("noble", "staging", "gpg_keys.1", "nobody")...).fails(http.StatusBadRequest, "UnknownGPGKey", "gpg_keys")
		}
	})
}

func TestPocketsAreEdited(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.everyMode()
		w.do("EditPocket", ofPocket("noble", "release", slices.Concat(listed("components", "main"), listed("architectures", "amd64", "source"),
			[]string{"include_udeb", "true", "mirror_suite", "noble-updates"})...)...).golden()
		w.do("EditPocket", ofPocket("noble", "staging", "upload_allow_unsigned", "true")...).goldenAs("EditPocket-upload")
		w.do("EditPocket", ofPocket("noble", "staging")...).goldenAs("EditPocket-upload")
		for name, c := range map[string]struct {
			pocket     string
			parameters []string
			code, says string
		}{
			"a mirror's address of an upload pocket": {"staging", []string{"mirror_uri", "http://localhost/"}, "InvalidPocketMode", "mode"},
			"an upload pocket's flag of a mirror":    {"release", []string{"upload_allow_unsigned", "false"}, "InvalidPocketMode", "mode"},
			"an unknown key":                         {"release", []string{"gpg_key", "nobody"}, "UnknownGPGKey", "gpg_key"},
			"an unknown key of the upstream":         {"release", []string{"mirror_gpg_key", "nobody"}, "UnknownGPGKey", "mirror_gpg_key"},
			"a key without its secret":               {"release", []string{"gpg_key", "upstream"}, "GPGKeyHasNoSecret", "gpg_key"},
			"a component twice":                      {"release", listed("components", "main", "main"), "InvalidParameterValue", "components"},
			"a flat repository in two parts":         {"updates", append(listed("components", "main", "universe"), "mirror_suite", "./"), "InvalidParameterCombination", "components"},
		} {
			w.TB.Log(name)
			w.do("EditPocket", ofPocket("noble", c.pocket, c.parameters...)...).fails(http.StatusBadRequest, c.code, c.says)
		}
	})
}

func TestPocketsThatCannotBe(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.noble()
		for name, c := range map[string]struct {
			name, mode string
			parameters []string
			code, says string
		}{
			"a name that is taken":        {"release", "upload", nil, "DuplicatePocket", "release"},
			"a bad name":                  {"Re lease", "upload", nil, "InvalidParameterValue", "name"},
			"no such mode":                {"x", "push", nil, "InvalidPocketMode", "mode"},
			"no such filter":              {"x", "pull", []string{"pull_pocket", "release", "filter_type", "greylist"}, "InvalidPocketFilter", "filter_type"},
			"a mirror of nothing":         {"x", "mirror", nil, "MissingParameter", "mirror_uri"},
			"a pull from nothing":         {"x", "pull", nil, "MissingParameter", "pull_pocket"},
			"a pull from no pocket":       {"x", "pull", []string{"pull_pocket", "none"}, "UnknownPocket", "none"},
			"a pull from no series":       {"x", "pull", []string{"pull_pocket", "release", "pull_series", "none"}, "UnknownSeries", "none"},
			"an upload pocket's upstream": {"x", "upload", []string{"mirror_uri", "http://localhost/"}, "InvalidParameterCombination", "mirror_uri"},
			"two parts of a flat one":     {"x", "mirror", []string{"mirror_uri", "http://localhost/", "mirror_suite", "./", "components.2", "more"}, "InvalidParameterCombination", "components"},
			"an unknown key":              {"x", "mirror", []string{"mirror_uri", "http://localhost/", "mirror_gpg_key", "nobody"}, "UnknownGPGKey", "mirror_gpg_key"},
		} {
			w.TB.Log(name)
			w.pocket(c.name, c.mode, c.parameters...).fails(http.StatusBadRequest, c.code, c.says)
		}
		one := []string{"name", "x", "mode", "upload", "components.1", "main", "architectures.1", "amd64"}
		w.do("CreatePocket", slices.Concat(one, []string{"series", "noble", "distribution", "ubuntu", "gpg_key", "upstream"})...).fails(http.StatusBadRequest, "GPGKeyHasNoSecret", "gpg_key")
		w.do("CreatePocket", slices.Concat(one, []string{"series", "none", "distribution", "ubuntu", "gpg_key", "sign"})...).fails(http.StatusBadRequest, "UnknownSeries", "none")
		w.do("CreatePocket", slices.Concat(one, []string{"series", "noble", "distribution", "none", "gpg_key", "sign"})...).fails(http.StatusBadRequest, "UnknownDistribution", "none")
	})
}

// ofMode are the actions of one pocket with their parameters besides its name, and the
// pocket of everyMode that they are for.
func ofMode() map[string]struct {
	pocket     string
	parameters []string
} {
	type c = struct {
		pocket     string
		parameters []string
	}
	packages, keys := listed("packages", "hello"), listed("gpg_keys", "upstream")
	return map[string]c{
		"EditPocket":                      {"release", nil},
		"RemovePocket":                    {"test", nil},
		"SyncMirrorPocket":                {"release", nil},
		"PullPackagesToPocket":            {"test", nil},
		"DiffPullPocket":                  {"test", nil},
		"ListPocket":                      {"test", nil},
		"RemovePackagesFromPocket":        {"staging", packages},
		"AddUploaderGPGKeysToPocket":      {"staging", keys},
		"RemoveUploaderGPGKeysFromPocket": {"staging", keys},
		"AddPackageFiltersToPocket":       {"test", packages},
		"RemovePackageFiltersFromPocket":  {"test", packages},
	}
}

func TestPocketsThatAreNotThere(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.everyMode()
		for action, c := range ofMode() {
			w.do(action, append([]string{"name", "x", "series", "x", "distribution", "none"}, c.parameters...)...).fails(http.StatusBadRequest, "UnknownDistribution", "none")
			w.do(action, ofPocket("none", "x", c.parameters...)...).fails(http.StatusBadRequest, "UnknownSeries", "none")
			w.do(action, ofPocket("noble", "none", c.parameters...)...).fails(http.StatusBadRequest, "UnknownPocket", "none")
		}
	})
}

func TestPocketsOfAnotherMode(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.everyMode()
		another := map[string]string{"release": "test", "test": "staging", "staging": "release"}
		for action, c := range ofMode() {
			switch action {
			case "EditPocket", "RemovePocket", "ListPocket": // they are for all
			default:
				w.do(action, ofPocket("noble", another[c.pocket], c.parameters...)...).fails(http.StatusBadRequest, "InvalidPocketMode", "mode")
			}
		}
	})
}

func TestFiltersNeedAKindOfFilter(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.everyMode()
		w.pocket("free", "pull", "pull_pocket", "release").ok()
		for _, action := range []string{"AddPackageFiltersToPocket", "RemovePackageFiltersFromPocket"} {
			w.do(action, ofPocket("noble", "free", "packages.1", "hello")...).fails(http.StatusBadRequest, "NoPocketFiltering", "free")
		}
		w.do("AddPackageFiltersToPocket", ofPocket("noble", "test", "packages.1", "no name")...).fails(http.StatusBadRequest, "InvalidParameterValue", "no name")
	})
}

// TestReadersChangeNothing has a reader try every action that changes something.
func TestReadersChangeNothing(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.everyMode()
		reader := w.as("reader")
		for action, c := range ofMode() {
			r := reader.do(action, ofPocket("noble", c.pocket, c.parameters...)...)
			if action == "DiffPullPocket" || action == "ListPocket" {
				r.ok()
				continue
			}
			r.fails(http.StatusForbidden, "Unauthorised")
		}
		reader.do("CreatePocket", ofPocket("noble", "x", "mode", "upload", "gpg_key", "sign", "components.1", "main", "architectures.1", "amd64")...).
			fails(http.StatusForbidden, "Unauthorised")
	})
}

// TestOneOperationAtATime has an operation under way: what would change something of the
// distribution is refused, what reads is answered.
func TestOneOperationAtATime(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.everyMode()
		w.do("CreateDistribution", "name", "debian").ok()
		w.busy()
		for _, a := range landscape.Actions() {
			if !slices.Contains(a.Errors, "OperationInProgress") {
				continue
			}
			c, ok := ofMode()[a.Name]
			parameters := ofPocket("noble", c.pocket, c.parameters...)
			switch {
			case ok:
			case a.Name == "CreatePocket":
				parameters = ofPocket("noble", "x", "mode", "upload", "gpg_key", "sign", "components.1", "main", "architectures.1", "amd64")
			case a.Name == "RemoveDistribution":
				parameters = []string{"name", "ubuntu"}
			case a.Name == "DeriveSeries":
				parameters = []string{"name", "x", "origin", "noble", "distribution", "ubuntu"}
			default:
				parameters = []string{"name", "noble", "distribution", "ubuntu"}
			}
			w.do(a.Name, parameters...).fails(http.StatusBadRequest, "OperationInProgress", "ubuntu")
		}
		w.do("ListPocket", ofPocket("noble", "release")...).is(`{}`)
		w.do("DiffPullPocket", ofPocket("noble", "test")...).is(`{}`)
		w.do("GetDistributions").ok()
		w.do("CreateSeries", "name", "trixie", "distribution", "debian").ok()
	})
}

// TestUploadsAndRevertsAreShown has an upload refused, and a pocket set back, which are
// begun elsewhere.
func TestUploadsAndRevertsAreShown(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.everyMode()
		w.do("AddUploaderGPGKeysToPocket", ofPocket("noble", "staging", "gpg_keys.1", "upstream")...).ok()
		text := "Format: 1.8\nDistribution: other\n"
		_, err := w.Dput.Put(w.Ctx, dput.File{
			Pocket: pockets.Path{Distribution: "ubuntu", Series: "noble", Pocket: "staging"}, Name: "a_1_amd64.changes", Size: int64(len(text)), Body: strings.NewReader(text),
		})
		if err == nil {
			w.TB.Fatal("a .changes file for another suite was taken")
		}
		w.upload("staging", "mine", "1")
		w.Done(w.Pockets.Revert(w.Ctx, pockets.Path{Distribution: "ubuntu", Series: "noble", Pocket: "staging"}, "1"))
		var list []struct {
			Type       string
			PocketName string `json:"pocket_name"`
			Progress   int
			ResultText string `json:"result_text"`
		}
		w.do("GetActivities").into(&list)
		if len(list) != 2 || list[0].Type != "UploadToPocketRequest" || list[0].PocketName != "staging" || list[0].Progress != -1 || list[0].ResultText == "" ||
			list[1].Type != "RevertPocketRequest" || list[1].PocketName != "staging" || list[1].Progress != 100 {
			w.TB.Errorf("%+v", list)
		}
	})
}
