package landscape_test

import (
	"net/http"
	"testing"
)

func TestAPTSourcesAreCreatedListedAndRemoved(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.importKey("mirror-key")
		h.do("GetAPTSources").is(`[]`)
		h.do("CreateAPTSource", "name", "lucid-mirror", "apt_line", "deb http://archive.ubuntu.com/ubuntu/ lucid main").golden()
		h.do("CreateAPTSource", "name", "signed", "apt_line", "deb [arch=amd64]  http://archive.example.org/ubuntu  noble main", "gpg_key", "mirror-key").goldenAs("CreateAPTSource-key")
		h.do("GetAPTSources").golden()
		var found []struct{ Name string }
		h.do("GetAPTSources", listed("names", "signed", "nothing")...).into(&found)
		if len(found) != 1 || found[0].Name != "signed" {
			h.TB.Errorf("one name gives %v", found)
		}
		h.do("RemoveGPGKey", "name", "mirror-key").fails(http.StatusBadRequest, "GPGKeyInUse", "signed")
		h.do("RemoveAPTSources", listed("names", "lucid-mirror", "signed", "signed")...).golden()
		h.do("GetAPTSources").is(`[]`)
	})
}

func TestAPTSourcesThatCannotBe(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		const line = "deb http://archive.ubuntu.com/ubuntu lucid main"
		h.do("CreateAPTSource", "name", "s", "apt_line", line).ok()
		for name, c := range map[string]struct {
			parameters []string
			code, says string
		}{
			"the name is taken":    {[]string{"name", "s", "apt_line", line}, "DuplicateAPTSource", "name"},
			"no name":              {[]string{"name", "S", "apt_line", line}, "InvalidParameterValue", "name"},
			"no line":              {[]string{"name", "t", "apt_line", "http://archive.ubuntu.com/ubuntu"}, "InvalidAPTLine", "apt_line"},
			"no component":         {[]string{"name", "t", "apt_line", "deb http://archive.ubuntu.com/ubuntu lucid"}, "InvalidAPTLine", "component"},
			"no such key":          {[]string{"name", "t", "apt_line", line, "gpg_key", "moon"}, "UnknownGPGKey", "gpg_key"},
			"no such access group": {[]string{"name", "t", "apt_line", line, "access_group", "moon"}, "UnknownAccessGroup", "moon"},
		} {
			h.TB.Log(name)
			h.do("CreateAPTSource", c.parameters...).fails(http.StatusBadRequest, c.code, c.says)
		}
		h.do("RemoveAPTSource", "name", "t").fails(http.StatusBadRequest, "UnknownAPTSource", "t")
		h.do("RemoveAPTSources", listed("names", "s", "t")...).fails(http.StatusBadRequest, "UnknownAPTSource", "t")
	})
}
