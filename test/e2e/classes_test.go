package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/testkit"
)

// aptsTargets has apt fetch what command-not-found and apt-file have it fetch
// (apt's acquire-additional-files documentation).
const aptsTargets = `
#clear Acquire::Languages;
Acquire::Languages { "de"; };
Acquire::IndexTargets::deb::CNF {
	MetaKey "$(COMPONENT)/cnf/Commands-$(NATIVE_ARCHITECTURE)";
	ShortDescription "Commands"; Description "$(RELEASE)/$(COMPONENT) c-n-f";
};
Acquire::IndexTargets::deb::Contents-deb {
	MetaKey "$(COMPONENT)/Contents-$(ARCHITECTURE)";
	ShortDescription "Contents"; Description "$(RELEASE)/$(COMPONENT) Contents";
};
`

// TestAptFetchesWhatAMirrorTookAlong: by the text that Release lists, in the
// available format, from a publication with a Release of our own and a verbatim one.
func TestAptFetchesWhatAMirrorTookAlong(t *testing.T) {
	t.Parallel()
	key, dir := newKey(t), t.TempDir()
	texts := map[string]string{
		"main/i18n/Translation-de": "Package: saw\nDescription-md5: 00000000000000000000000000000000\nDescription-de: Saege\n\n",
		"main/cnf/Commands-amd64":  "suite: stable\ncomponent: main\narch: amd64\n\nname: saw\nversion: 1\ncommands: saw\n\n",
		"main/Contents-amd64":      "usr/bin/saw misc/saw\n",
	}
	suite := testkit.Suite{
		Codename: "stable", Keys: []*openpgp.SecretKey{key}, ByHash: testkit.WithByHash, Extra: map[string][]byte{},
		Packages: []testkit.Package{{Name: "saw", Version: "1", Architecture: "amd64"}},
		EditEntries: func(list []testkit.ReleaseEntry) []testkit.ReleaseEntry {
			for path, text := range texts {
				list = append(list, testkit.ReleaseEntry{Path: path, Size: int64(len(text)), Sums: digest.Sums{SHA256: digest.Of([]byte(text)).String()}})
			}
			return list
		},
	}
	for path, text := range texts {
		data, err := compress.AppendMember(nil, []byte(text), compress.Gzip)
		if err != nil {
			t.Fatal(err)
		}
		suite.Extra[path+".gz"] = data
	}
	if err := (testkit.Archive{Suites: []testkit.Suite{suite}}).Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	a := start(t, tempData(t))
	config := mirrors.Config{URL: "file://" + dir, Suite: "stable", Keyring: armored(t, key), Verbatim: true}
	if _, err := a.Mirrors.Create(a.ctx, mirrors.NewMirror{Name: "m", Config: config}); err != nil {
		t.Fatal(err)
	}
	a.done(a.Mirrors.Sync(a.ctx, "m", mirrors.SyncOptions{}))
	for prefix, verbatim := range map[string]bool{"theirs": true, "ours": false} {
		_, x, err := a.Publications.Create(a.ctx, publications.NewPublication{
			Prefix: prefix, Distribution: "stable", Sources: []string{"mirror:m"}, Options: publications.PublishOptions{Verbatim: verbatim},
		})
		a.done(x, err)
		show, err := a.Publications.Get(a.ctx, prefix, "stable")
		if err != nil {
			t.Fatal(err)
		}
		apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Architecture: "amd64", Sources: show.SourcesFile, Config: aptsTargets})
		if err != nil {
			t.Fatal(err)
		}
		update(t, apt)
		for path, want := range texts {
			if got := target(t, apt, path); got != want {
				t.Errorf("%s: apt has of %s: %q", prefix, path, got)
			}
		}
	}
}

// target returns what apt has fetched of an index, expanded.
func target(t *testing.T, apt *testkit.Apt, metaKey string) string {
	t.Helper()
	out, err := apt.Run(t.Context(), "apt-get", "indextargets", "--format", "$(FILENAME)", "MetaKey: "+metaKey)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimSpace(out)
	if _, err := os.Stat(name); err != nil {
		return ""
	}
	text, err := apt.ReadList(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
