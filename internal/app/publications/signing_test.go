package publications_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// publishAs publishes a repo at the root and gives how that ended.
func publishAs(h *apptest.House, s *publications.Signing) usecase.Activity {
	h.TB.Helper()
	h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1.0", "amd64", "one"))
	_, x, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: ".", Distribution: "stable", Sources: []string{"repo:tools"}, Signing: s})
	return h.Wait(x, err)
}

func updateAs(h *apptest.House, s *publications.Signing) usecase.Activity {
	h.TB.Helper()
	x, err := h.Publications.Update(h.Ctx, ".", "stable", publications.PublicationEdit{Signing: s, Rebuild: true})
	return h.Wait(x, err)
}

func TestAPublicationSignedThroughGnuPG(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.WithGnuPG(h, "archive")
		secret := apptest.PassphraseOf("archive")
		if x := publishAs(h, &publications.Signing{Keys: []string{"archive@example.org"}, Passphrase: secret}); x.Status != "done" {
			h.TB.Fatalf("%s: %+v", x.Status, x.Error)
		}
		if by := apptest.SignedBy(h, "."); !slices.Equal(by, []string{"archive@example.org"}) {
			h.TB.Errorf("signed by %q", by)
		}
		if out, err := exec.Command("gpgconf", "--homedir", h.Settings.GnuPG.Home, "--reload", "gpg-agent").CombinedOutput(); err != nil {
			h.TB.Fatalf("gpgconf: %v %s", err, out)
		}
		if x := updateAs(h, nil); x.Status != "failed" || !strings.Contains(x.Error.Message, "passphrase") {
			h.TB.Errorf("an update without the passphrase: %s, %+v", x.Status, x.Error)
		}
		if x := updateAs(h, &publications.Signing{Passphrase: secret}); x.Status != "done" {
			h.TB.Errorf("an update with it: %s, %+v", x.Status, x.Error)
		}
		nothingTells(h, secret)
	})
}

// nothingTells looks for a secret in everything that is stored.
func nothingTells(h *apptest.House, secret string) {
	h.TB.Helper()
	for _, query := range []string{
		"SELECT detail FROM audit", "SELECT payload || COALESCE(result, '') || COALESCE(error, '') || subject FROM activity",
		"SELECT options || sources FROM publication", "SELECT options FROM release",
	} {
		texts, err := readAll(h, query)
		if err != nil || len(texts) == 0 {
			h.TB.Errorf("%s: %d rows, %v", query, len(texts), err)
		}
		for _, text := range texts {
			if strings.Contains(text, secret) {
				h.TB.Errorf("%s tells the passphrase: %s", query, text)
			}
		}
	}
}

func readAll(h *apptest.House, query string) (texts []string, err error) {
	err = h.DB.Read(h.Ctx, func(tx *db.Tx) (err error) {
		texts, err = db.All(h.Ctx, tx, db.Value[string], query)
		return err
	})
	return texts, err
}

func TestOurOwnKeysAndGnuPGsSignTogether(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.WithGnuPG(h, "archive")
		file := filepath.Join(h.TB.TempDir(), "passphrase")
		if err := os.WriteFile(file, []byte(apptest.PassphraseOf("archive")+"\n"), 0o600); err != nil {
			h.TB.Fatal(err)
		}
		apptest.Must(h.Keys.Generate(h.Ctx, keys.NewKey{Name: "ours", UserName: "Ours", Email: "ours@example.org"}))(h.TB)
		if x := publishAs(h, &publications.Signing{Keys: []string{"ours@example.org", "archive@example.org"}, PassphraseFile: file}); x.Status != "done" {
			h.TB.Fatalf("%s: %+v", x.Status, x.Error)
		}
		want := []string{"Ours <ours@example.org>", "archive@example.org"}
		if by := apptest.SignedBy(h, "."); !slices.Equal(by, want) {
			h.TB.Errorf("signed by %q", by)
		}
		if x := updateAs(h, nil); x.Status != "done" {
			h.TB.Errorf("an update, which knows the file: %s, %+v", x.Status, x.Error)
		}
		if x := updateAs(h, &publications.Signing{Keys: []string{"ours"}}); x.Status != "done" || !slices.Equal(apptest.SignedBy(h, "."), want[:1]) {
			h.TB.Errorf("an update by ours alone: %s, %+v, %q", x.Status, x.Error, apptest.SignedBy(h, "."))
		}
	})
}

func TestKeysThatNobodyHas(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools")
		for name, s := range map[string]*publications.Signing{
			"a name": {Keys: []string{"nobody@example.org"}}, "a keyring": {Keyring: "none.gpg"}, "a name of a keyring": {Keys: []string{"x"}, Keyring: "/nonexistent"},
		} {
			_, _, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: ".", Distribution: "stable", Sources: []string{"repo:tools"}, Signing: s})
			if !problem.Is(err, problem.NotFound) {
				h.TB.Errorf("%s: %v", name, err)
			}
		}
		if list := apptest.Must(h.Publications.List(h.Ctx, usecase.Page{}))(h.TB); len(list.Items) != 0 {
			h.TB.Errorf("published nevertheless: %+v", list.Items)
		}
	})
}

// TestAnUnsignedReleaseLeavesNoSignature of the one before it, which clients would
// believe: neither where the program serves it nor at an endpoint.
func TestAnUnsignedReleaseLeavesNoSignature(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		w := newWWW(h)
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1.0", "amd64", "one"))
		for _, endpoint := range []string{"", "www"} {
			p, x, err := h.Publications.Create(h.Ctx, publications.NewPublication{Endpoint: endpoint, Prefix: ".", Distribution: "stable", Sources: []string{"repo:tools"}})
			h.Done(x, err)
			h.Done(h.Publications.Update(h.Ctx, p.Place(), "stable", publications.PublicationEdit{Signing: &publications.Signing{Skip: true}}))
		}
		for _, name := range []string{"InRelease", "Release.gpg"} {
			if _, err := h.Publications.File(h.Ctx, "dists/stable/"+name); !problem.Is(err, problem.NotFound) {
				h.TB.Errorf("%s is served: %v", name, err)
			}
			if w.has("dists/stable/" + name) {
				h.TB.Errorf("%s is at the endpoint", name)
			}
		}
		if !w.has("dists/stable/Release") || !w.has("pool/main/h/hello/hello_1.0_amd64.deb") {
			h.TB.Errorf("the endpoint has %q", w.files())
		}
		h.Done(h.Publications.Update(h.Ctx, "www:.", "stable", publications.PublicationEdit{Signing: &publications.Signing{}}))
		if !w.has("dists/stable/InRelease") {
			h.TB.Error("it is not signed again")
		}
	})
}
