package landscape_test

import (
	"net/http"
	"slices"
	"testing"
)

func TestDistributionsAreMadeListedAndRemoved(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.do("GetDistributions").is(`[]`)
		h.do("CreateDistribution", "name", "ubuntu").golden()
		h.do("CreateDistribution", "name", "debian", "access_group", "global").ok()
		h.do("CreateDistribution", "name", "ubuntu").fails(http.StatusBadRequest, "DuplicateDistribution", "ubuntu")
		h.do("CreateDistribution", "name", "Ubuntu 26.04").fails(http.StatusBadRequest, "InvalidParameterValue", "name")
		h.do("CreateDistribution", "name", "x", "access_group", "none").fails(http.StatusBadRequest, "UnknownAccessGroup", "none")
		var list []struct{ Name string }
		h.do("GetDistributions", listed("names", "debian", "none")...).into(&list)
		if len(list) != 1 || list[0].Name != "debian" {
			h.TB.Errorf("one name gives %v", list)
		}
		h.do("RemoveDistribution", "name", "ubuntu").golden()
		h.do("RemoveDistribution", "name", "ubuntu").fails(http.StatusBadRequest, "UnknownDistribution", "ubuntu")
		reader := h.as("reader")
		reader.do("CreateDistribution", "name", "x").fails(http.StatusForbidden, "Unauthorised")
		reader.do("RemoveDistribution", "name", "debian").fails(http.StatusForbidden, "Unauthorised")
	})
}

func TestSeriesAreMadeDerivedAndRemoved(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.do("CreateSeries", "name", "plain", "distribution", "ubuntu").goldenAs("CreateSeries-plain")
		w.noble().golden()
		w.do("DeriveSeries", "name", "stable", "origin", "noble", "distribution", "ubuntu").golden()
		w.do("GetDistributions").golden()
		w.do("RemoveSeries", "name", "stable", "distribution", "ubuntu").golden()
	})
}

func TestSeriesThatCannotBe(t *testing.T) {
	withArchive(t, func(w *archive) {
		w.noble()
		w.do("CreateSeries", "name", "empty", "distribution", "ubuntu").ok()
		mirror := append([]string{"name", "x", "distribution", "ubuntu", "mirror_uri", w.upstream.URL(), "components.1", "main", "architectures.1", "amd64"}, listed("pockets", "release")...)
		for name, c := range map[string]struct {
			action     string
			parameters []string
			code, says string
		}{
			"in no distribution":     {"CreateSeries", []string{"name", "x", "distribution", "none"}, "UnknownDistribution", "none"},
			"twice":                  {"CreateSeries", []string{"name", "noble", "distribution", "ubuntu"}, "DuplicateSeries", "noble"},
			"with a bad name":        {"CreateSeries", []string{"name", "No ble", "distribution", "ubuntu"}, "InvalidParameterValue", "name"},
			"pockets without a key":  {"CreateSeries", mirror, "MissingParameter", "gpg_key"},
			"pockets without a URI":  {"CreateSeries", []string{"name", "x", "distribution", "ubuntu", "gpg_key", "sign", "pockets.1", "p", "components.1", "main", "architectures.1", "amd64"}, "MissingParameter", "mirror_uri"},
			"an unknown key":         {"CreateSeries", slices.Concat(mirror, []string{"gpg_key", "nobody"}), "UnknownGPGKey", "gpg_key"},
			"a key without a secret": {"CreateSeries", slices.Concat(mirror, []string{"gpg_key", "upstream"}), "GPGKeyHasNoSecret", "gpg_key"},
			"a URI without pockets":  {"CreateSeries", []string{"name", "x", "distribution", "ubuntu", "mirror_uri", w.upstream.URL()}, "InvalidParameterCombination", "mirror_uri"},
			"no such distribution":   {"RemoveSeries", []string{"name", "noble", "distribution", "none"}, "UnknownDistribution", "none"},
			"no such series":         {"RemoveSeries", []string{"name", "none", "distribution", "ubuntu"}, "UnknownSeries", "none"},
			"derived in none":        {"DeriveSeries", []string{"name", "x", "origin", "noble", "distribution", "none"}, "UnknownDistribution", "none"},
			"derived from none":      {"DeriveSeries", []string{"name", "x", "origin", "none", "distribution", "ubuntu"}, "UnknownSeries", "origin"},
			"derived from an empty":  {"DeriveSeries", []string{"name", "x", "origin", "empty", "distribution", "ubuntu"}, "EmptySeries", "empty"},
			"derived twice":          {"DeriveSeries", []string{"name", "empty", "origin", "noble", "distribution", "ubuntu"}, "DuplicateSeries", "empty"},
			"derived, a bad name":    {"DeriveSeries", []string{"name", "-", "origin", "noble", "distribution", "ubuntu"}, "InvalidParameterValue", "name"},
		} {
			w.TB.Log(name)
			w.do(c.action, c.parameters...).fails(http.StatusBadRequest, c.code, c.says)
		}
		reader := w.as("reader")
		reader.do("CreateSeries", "name", "x", "distribution", "ubuntu").fails(http.StatusForbidden, "Unauthorised")
		reader.do("DeriveSeries", "name", "x", "origin", "noble", "distribution", "ubuntu").fails(http.StatusForbidden, "Unauthorised")
		reader.do("RemoveSeries", "name", "noble", "distribution", "ubuntu").fails(http.StatusForbidden, "Unauthorised")
	})
}
