package app_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// withGnuPG gives a house a GnuPG home with a key of each name, whose passphrase is
// the name's. The home's path is short: a socket is in it.
func withGnuPG(h *apptest.House, names ...string) {
	h.TB.Helper()
	dir, err := os.MkdirTemp("", "gpg")
	if err != nil {
		h.TB.Fatal(err)
	}
	h.Settings.GnuPG = gnupg.Program{Home: dir}
	h.TB.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run() // it may have had no agent
		os.RemoveAll(dir)
	})
	for _, name := range names {
		c := exec.Command("gpg", "--homedir", dir, "--batch", "--pinentry-mode", "loopback", "--passphrase", passphraseOf(name),
			"--quick-generate-key", name+"@example.org", "ed25519", "sign", "never")
		if out, err := c.CombinedOutput(); err != nil {
			h.TB.Fatalf("gpg (of the Debian package gnupg): %v %s", err, out)
		}
	}
	if out, err := exec.Command("gpgconf", "--homedir", dir, "--reload", "gpg-agent").CombinedOutput(); err != nil {
		h.TB.Fatalf("gpgconf: %v %s", err, out)
	}
}

func passphraseOf(name string) string { return "secret of " + name }

// signedBy gives the keys that clients see on a release, by those of the file that
// they are given.
func signedBy(h *apptest.House, prefix string) (fingerprints []string) {
	h.TB.Helper()
	d := apptest.Must(h.Publication(h.Ctx, prefix, "stable"))(h.TB)
	_, armored, _ := strings.Cut(d.SourcesFile, "Signed-By:")
	armored = strings.ReplaceAll(strings.ReplaceAll(armored, "\n .\n", "\n\n"), "\n ", "\n")
	keys := apptest.Must(openpgp.ReadKeys([]byte(strings.TrimSpace(armored) + "\n")))(h.TB)
	_, by, err := openpgp.VerifyClearSigned([]byte(h.Read(strings.TrimPrefix(prefix+"/", "./")+"dists/stable/InRelease")), keys, openpgp.Policy{Now: h.Now()})
	if err != nil {
		h.TB.Fatal(err)
	}
	for _, s := range by {
		fingerprints = append(fingerprints, s.UserID)
	}
	return fingerprints
}

// publishAs publishes a repo at the root and gives how that ended.
func publishAs(h *apptest.House, s *app.Signing) app.Activity {
	h.TB.Helper()
	h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1.0", "amd64", "one"))
	_, x, err := h.CreatePublication(h.Ctx, app.NewPublication{Prefix: ".", Distribution: "stable", Sources: []string{"repo:tools"}, Signing: s})
	return h.Wait(x, err)
}

func updateAs(h *apptest.House, s *app.Signing) app.Activity {
	h.TB.Helper()
	x, err := h.UpdatePublication(h.Ctx, ".", "stable", app.PublicationEdit{Signing: s, Rebuild: true})
	return h.Wait(x, err)
}

func TestAPublicationSignedThroughGnuPG(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		withGnuPG(h, "archive")
		secret := passphraseOf("archive")
		if x := publishAs(h, &app.Signing{Keys: []string{"archive@example.org"}, Passphrase: secret}); x.Status != "done" {
			h.TB.Fatalf("%s: %+v", x.Status, x.Error)
		}
		if by := signedBy(h, "."); !slices.Equal(by, []string{"archive@example.org"}) {
			h.TB.Errorf("signed by %q", by)
		}
		if out, err := exec.Command("gpgconf", "--homedir", h.Settings.GnuPG.Home, "--reload", "gpg-agent").CombinedOutput(); err != nil {
			h.TB.Fatalf("gpgconf: %v %s", err, out)
		}
		if x := updateAs(h, nil); x.Status != "failed" || !strings.Contains(x.Error.Message, "passphrase") {
			h.TB.Errorf("an update without the passphrase: %s, %+v", x.Status, x.Error)
		}
		if x := updateAs(h, &app.Signing{Passphrase: secret}); x.Status != "done" {
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
		withGnuPG(h, "archive")
		file := filepath.Join(h.TB.TempDir(), "passphrase")
		if err := os.WriteFile(file, []byte(passphraseOf("archive")+"\n"), 0o600); err != nil {
			h.TB.Fatal(err)
		}
		apptest.Must(h.GenerateKey(h.Ctx, app.NewKey{Name: "ours", UserName: "Ours", Email: "ours@example.org"}))(h.TB)
		if x := publishAs(h, &app.Signing{Keys: []string{"ours@example.org", "archive@example.org"}, PassphraseFile: file}); x.Status != "done" {
			h.TB.Fatalf("%s: %+v", x.Status, x.Error)
		}
		want := []string{"Ours <ours@example.org>", "archive@example.org"}
		if by := signedBy(h, "."); !slices.Equal(by, want) {
			h.TB.Errorf("signed by %q", by)
		}
		if x := updateAs(h, nil); x.Status != "done" {
			h.TB.Errorf("an update, which knows the file: %s, %+v", x.Status, x.Error)
		}
		if x := updateAs(h, &app.Signing{Keys: []string{"ours"}}); x.Status != "done" || !slices.Equal(signedBy(h, "."), want[:1]) {
			h.TB.Errorf("an update by ours alone: %s, %+v, %q", x.Status, x.Error, signedBy(h, "."))
		}
	})
}

func TestKeysThatNobodyHas(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools")
		for name, s := range map[string]*app.Signing{
			"a name": {Keys: []string{"nobody@example.org"}}, "a keyring": {Keyring: "none.gpg"}, "a name of a keyring": {Keys: []string{"x"}, Keyring: "/nonexistent"},
		} {
			_, _, err := h.CreatePublication(h.Ctx, app.NewPublication{Prefix: ".", Distribution: "stable", Sources: []string{"repo:tools"}, Signing: s})
			if !problem.Is(err, problem.NotFound) {
				h.TB.Errorf("%s: %v", name, err)
			}
		}
		if list := apptest.Must(h.Publications(h.Ctx, app.Page{}))(h.TB); len(list.Items) != 0 {
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
			p, x, err := h.CreatePublication(h.Ctx, app.NewPublication{Endpoint: endpoint, Prefix: ".", Distribution: "stable", Sources: []string{"repo:tools"}})
			h.Done(x, err)
			h.Done(h.UpdatePublication(h.Ctx, p.Place(), "stable", app.PublicationEdit{Signing: &app.Signing{Skip: true}}))
		}
		for _, name := range []string{"InRelease", "Release.gpg"} {
			if _, err := h.Published(h.Ctx, "dists/stable/"+name); !problem.Is(err, problem.NotFound) {
				h.TB.Errorf("%s is served: %v", name, err)
			}
			if w.has("dists/stable/" + name) {
				h.TB.Errorf("%s is at the endpoint", name)
			}
		}
		if !w.has("dists/stable/Release") || !w.has("pool/main/h/hello/hello_1.0_amd64.deb") {
			h.TB.Errorf("the endpoint has %q", w.files())
		}
		h.Done(h.UpdatePublication(h.Ctx, "www:.", "stable", app.PublicationEdit{Signing: &app.Signing{}}))
		if !w.has("dists/stable/InRelease") {
			h.TB.Error("it is not signed again")
		}
	})
}
