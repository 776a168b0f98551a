package repos_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// changesOf makes the .changes file of an upload of hello.
func changesOf(fields string, files ...apptest.Upload) apptest.Upload {
	return apptest.File("hello_1.changes", []byte("Format: 1.8\nSource: hello\nBinary: hello\n"+fields+
		"Version: 1\nDistribution: tools\nMaintainer: T <t@example.org>\nDescription:\n hello - test\n"+apptest.Listing("misc optional ", files...)))
}

const amd64 = "Architecture: amd64\n"

func TestASignedUploadIsIncluded(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "tools"}))(h.TB)
		key := apptest.Signer(h, time.Time{}, time.Time{})
		part := apptest.File("hello_1.tar.xz", []byte("x"))
		files := []apptest.Upload{
			apptest.Deb(h.TB, "hello", "1", "amd64", ""), part, apptest.Dsc("hello", "1", part), apptest.File("hello_1_amd64.buildinfo", []byte("x")), apptest.File("hello_1_readme.txt", []byte("x")),
		}
		c := apptest.SignChanges(h, changesOf("Architecture: source amd64\n", files...), key, time.Now())
		o := repos.IncludeOptions{Keyrings: []string{"", apptest.Armored(h, key)}}
		put := func() {
			apptest.PutAll(h, "in", append(files, c)...)
			apptest.PutAll(h, "in", apptest.File("other", nil))
		}
		put()
		for _, repo := range []string{"tools", "{{.Distribution}}", `{{if eq .Source "hello"}}to{{end}}{{index . "No-Such"}}ols`} {
			o.KeepFiles = repo == "tools"
			r := apptest.Must(h.Repos.IncludeChanges(h.Ctx, repo, "in", "", o))(h.TB)
			apptest.Tells(h, repo, r, apptest.Told{Added: []string{"hello_1_source", "hello_1_amd64"}})
			want := []string{"other"}
			if o.KeepFiles {
				want = []string{"hello_1.changes", "hello_1.dsc", "hello_1.tar.xz", "hello_1_amd64.buildinfo", "hello_1_amd64.deb", "hello_1_readme.txt", "other"}
			}
			if got := apptest.Left(h, "in"); !slices.Equal(got, want) {
				h.TB.Errorf("left are %q", got)
			}
			put() // the same once more, which changes nothing
		}
		if names := h.Names("repo:tools"); !slices.Equal(names, []string{"hello 1", "hello 1"}) {
			h.TB.Errorf("the repo has %q", names)
		}
		if c := apptest.Must(h.Repos.Get(h.Ctx, "tools"))(h.TB); c.Revision != 1 {
			h.TB.Errorf("uploads of the same made %d revisions", c.Revision)
		}
		log := apptest.Must(h.Audit.Log(h.Ctx, audit.Filter{Subject: "repo:tools", Action: "repo.include"}, usecase.Page{}))(h.TB)
		if len(log.Items) != 3 || !strings.Contains(fmt.Sprintf("%s", log.Items[0].Detail), key.Fingerprint()) {
			h.TB.Errorf("the audit log has %+v", log.Items)
		}
		for _, repo := range []string{"none", "tools-{{.Distribution}}"} {
			_, err := h.Repos.IncludeChanges(h.Ctx, repo, "in", "", o)
			if want := repo == "none"; problem.Is(err, problem.NotFound) != want {
				h.TB.Errorf("into %s: %v", repo, err)
			}
		}
	})
}

func TestUploadsThatNobodyVouchesForAreNotIncluded(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "tools"}))(h.TB)
		lastYear := time.Now().AddDate(-1, 0, 0)
		key, stranger, expired := apptest.Signer(h, time.Time{}, time.Time{}), apptest.Signer(h, time.Time{}, time.Time{}), apptest.Signer(h, lastYear, lastYear.AddDate(0, 1, 0))
		deb := apptest.Deb(h.TB, "hello", "1", "amd64", "")
		unsigned := changesOf(amd64, deb)
		good := apptest.SignChanges(h, unsigned, key, time.Now())
		keyrings := repos.IncludeOptions{Keyrings: []string{apptest.Armored(h, key), apptest.Armored(h, expired)}}
		accept, ignore := keyrings, keyrings
		accept.AcceptUnsigned, ignore.IgnoreSignature = true, true
		forged := apptest.File(good.Name, []byte(strings.Replace(string(good.Data), "Version: 1", "Version: 2", 1)))
		for _, c := range []struct {
			name    string
			file    apptest.Upload
			options repos.IncludeOptions
			says    string // the warning; empty: included
		}{
			{"unsigned", unsigned, keyrings, "bad changes __ [] the .changes file is not signed"},
			{"unsigned, with signatures ignored", unsigned, ignore, ".changes file is not signed"},
			{"signed by a stranger", apptest.SignChanges(h, unsigned, stranger, time.Now()), keyrings, stranger.Fingerprint()[24:]},
			{"signed by a stranger, with unsigned accepted", apptest.SignChanges(h, unsigned, stranger, time.Now()), accept, stranger.Fingerprint()[24:]},
			{"signed before the key expired", apptest.SignChanges(h, unsigned, expired, lastYear.AddDate(0, 0, 1)), keyrings, "expired"},
			{"forged", forged, keyrings, "does not match"},
			{"with text around", apptest.File(good.Name, append([]byte("Source: evil\n\n"), good.Data...)), accept, "bad changes"},
			{"no keys", good, repos.IncludeOptions{}, "bad changes"},
			{"too long", apptest.File(good.Name, make([]byte, 16<<20+1)), accept, "more than"},
			{"unsigned, accepted", unsigned, accept, ""},
			{"signed by a stranger, ignored", apptest.SignChanges(h, unsigned, stranger, time.Now()), ignore, ""},
			{"good", good, keyrings, ""},
		} {
			apptest.PutAll(h, "in", deb, c.file)
			r := apptest.Must(h.Repos.IncludeChanges(h.Ctx, "tools", "in", c.file.Name, c.options))(h.TB)
			if c.says == "" {
				apptest.Tells(h, c.name, r, apptest.Told{Added: []string{"hello_1_amd64"}})
				continue
			}
			apptest.Tells(h, c.name, r, apptest.Told{Failed: []string{c.file.Name}, Why: []string{c.says}})
			if got := apptest.Left(h, "in"); !slices.Equal(got, []string{c.file.Name, deb.Name}) {
				h.TB.Errorf("%s: left are %q", c.name, got)
			}
			if names := h.Names("repo:tools"); len(names) != 0 {
				h.TB.Fatalf("%s: the repo has %q", c.name, names)
			}
		}
	})
}

func TestOnlyWhatAChangesFileSpeaksOfIsIncluded(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		deb, symbols := apptest.Deb(h.TB, "hello", "1", "amd64", ""), apptest.Deb(h.TB, "hello-dbgsym", "1", "amd64", "")
		evil, other, all := apptest.Deb(h.TB, "libc6", "99", "amd64", ""), apptest.Deb(h.TB, "hello", "1", "arm64", ""), apptest.Deb(h.TB, "hello", "1", "all", "")
		changed := apptest.File(deb.Name, append(slices.Clone(deb.Data), 'x'))
		twisted := apptest.File(deb.Name, slices.Concat(deb.Data[:len(deb.Data)-1], []byte{^deb.Data[len(deb.Data)-1]}))
		listed := string(changesOf(amd64, deb).Data)
		const unwanted = "unwanted "
		for i, c := range []struct {
			name    string
			changes apptest.Upload
			files   []apptest.Upload
			want    apptest.Told
		}{
			{"its own", changesOf(amd64, deb), []apptest.Upload{deb}, apptest.Told{Added: []string{"hello_1_amd64"}}},
			{"for all architectures", changesOf(amd64, all), []apptest.Upload{all}, apptest.Told{Added: []string{"hello_1_all"}}},
			{"for all architectures, of sources", changesOf("Architecture: source\n", all), []apptest.Upload{all}, apptest.Told{Failed: []string{all.Name}, Why: []string{unwanted + "hello_1_all"}}},
			{"another package", changesOf(amd64, deb, evil), []apptest.Upload{deb, evil}, apptest.Told{Added: []string{"hello_1_amd64"}, Failed: []string{evil.Name}, Why: []string{unwanted + "libc6_99_amd64"}}},
			{"another architecture", changesOf(amd64, other), []apptest.Upload{other}, apptest.Told{Failed: []string{other.Name}, Why: []string{unwanted + "hello_1_arm64"}}},
			{"symbols of another source", changesOf(amd64, deb, symbols), []apptest.Upload{deb, symbols}, apptest.Told{Added: []string{"hello_1_amd64"}, Failed: []string{symbols.Name}, Why: []string{unwanted + "hello-dbgsym_1_amd64"}}},
			{"a file that is not listed", changesOf(amd64, deb), []apptest.Upload{deb, evil}, apptest.Told{Added: []string{"hello_1_amd64"}}},
			{"a missing file", changesOf(amd64, deb, evil), []apptest.Upload{deb}, apptest.Told{Failed: []string{"hello_1.changes"}, Why: []string{"lists libc6_99_amd64.deb, which was not uploaded"}}},
			{"another size", changesOf(amd64, deb), []apptest.Upload{changed}, apptest.Told{Failed: []string{"hello_1.changes"}, Why: []string{"size mismatch"}}},
			{"other bytes", changesOf(amd64, deb), []apptest.Upload{twisted}, apptest.Told{Failed: []string{"hello_1.changes"}, Why: []string{"checksum mismatch"}}},
			{"no strong sums", apptest.File("hello_1.changes", []byte(listed[:strings.Index(listed, "Checksums-Sha256")])), []apptest.Upload{deb}, apptest.Told{Failed: []string{"hello_1.changes"}, Why: []string{"without its SHA-256"}}},
			{"a way out", apptest.File("hello_1.changes", []byte(strings.ReplaceAll(listed, deb.Name, "../"+deb.Name))), []apptest.Upload{deb}, apptest.Told{Failed: []string{"hello_1.changes"}, Why: []string{"bad changes"}}},
			{"no control data", apptest.File("hello_1.changes", []byte("nonsense")), []apptest.Upload{deb}, apptest.Told{Failed: []string{"hello_1.changes"}, Why: []string{"bad changes"}}},
		} {
			repo := fmt.Sprintf("repo%d", i)
			apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: repo}))(h.TB)
			apptest.PutAll(h, repo, append(c.files, c.changes)...)
			r := apptest.Must(h.Repos.IncludeChanges(h.Ctx, repo, repo, "", repos.IncludeOptions{AcceptUnsigned: true}))(h.TB)
			apptest.Tells(h, c.name, r, c.want)
			if got := h.Names("repo:" + repo); len(got) != len(c.want.Added) {
				h.TB.Errorf("%s: the repo has %q", c.name, got)
			}
		}
	})
}

func TestUploadersOfARepoAreAsked(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "tools"}))(h.TB)
		key, other := apptest.Signer(h, time.Time{}, time.Time{}), apptest.Signer(h, time.Time{}, time.Time{})
		deb := apptest.Deb(h.TB, "hello", "1", "amd64", "")
		unsigned := changesOf(amd64, deb)
		both := repos.IncludeOptions{AcceptUnsigned: true, Keyrings: []string{apptest.Armored(h, key), apptest.Armored(h, other)}}
		rules := `{"rules":[{"condition":"Source (hello)","allow":["` + key.Fingerprint() + `"]}]}`
		if err := h.Repos.SetUploaders(h.Ctx, "tools", rules); err != nil {
			h.TB.Fatal(err)
		}
		if got := apptest.Must(h.Repos.Uploaders(h.Ctx, "tools"))(h.TB); len(got.Rules) != 1 || got.Rules[0].Allow[0] != key.Fingerprint() {
			h.TB.Errorf("the rules are %+v", got)
		}
		include := func(name string, f apptest.Upload, want apptest.Told) {
			h.TB.Helper()
			apptest.PutAll(h, "in", deb, f)
			apptest.Tells(h, name, apptest.Must(h.Repos.IncludeChanges(h.Ctx, "tools", "in", "", both))(h.TB), want)
		}
		denied := apptest.Told{Failed: []string{unsigned.Name}, Why: []string{"signer may not"}}
		include("unsigned", unsigned, denied)
		include("by another", apptest.SignChanges(h, unsigned, other, time.Now()), denied)
		include("by the uploader", apptest.SignChanges(h, unsigned, key, time.Now()), apptest.Told{Added: []string{"hello_1_amd64"}})
		if err := h.Repos.SetUploaders(h.Ctx, "tools", ""); err != nil {
			h.TB.Fatal(err)
		}
		include("by another, without rules", apptest.SignChanges(h, unsigned, other, time.Now()), apptest.Told{Added: []string{"hello_1_amd64"}})
		if err := h.Repos.SetUploaders(h.Ctx, "tools", "nonsense"); !problem.Is(err, problem.Invalid) {
			h.TB.Errorf("nonsense: %v", err)
		}
		if err := h.Repos.SetUploaders(h.Ctx, "none", rules); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("an unknown repo: %v", err)
		}
	})
}

func TestTemplatesOfReposAreBounded(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "tools"}))(h.TB)
		deb := apptest.Deb(h.TB, "hello", "1", "amd64", "")
		apptest.PutAll(h, "in", deb, changesOf(amd64+"Empty:\n"+"Long: "+strings.Repeat("x", 300)+"\n", deb))
		o := repos.IncludeOptions{AcceptUnsigned: true, KeepFiles: true}
		for _, template := range []string{
			"{{", "{{.Distribution", `{{printf "%999999999d" 1}}`, `{{range .}}x{{end}}`, `{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`,
			`{{with .Source}}x{{end}}`, `{{html .Source}}`, `{{$x := .Source}}{{$x}}`, `{{len .Source}}`, `{{call .Source}}`, `{{.Source.Name}}{{slice .Source 0}}`,
			"{{.Source}}" + strings.Repeat("x", 1000),
		} {
			_, err := h.Repos.IncludeChanges(h.Ctx, template, "in", "", o)
			if !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.TooLarge) {
				h.TB.Errorf("%.50s: %v", template, err)
			}
		}
		for template, says := range map[string]string{
			"{{.None}}": "not a name", "{{.Long}}": "more than 200", "../{{.Distribution}}": "not a name", "{{.Distribution}}2": `no repo "tools2"`,
			"{{.Source.Name}}": "error applying template",
		} {
			r := apptest.Must(h.Repos.IncludeChanges(h.Ctx, template, "in", "", o))(h.TB)
			apptest.Tells(h, template, r, apptest.Told{Failed: []string{"hello_1.changes"}, Why: []string{says}})
		}
	})
}
