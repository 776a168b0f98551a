package apptest

import (
	"os"
	"os/exec"
	"strings"

	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// WithGnuPG creates a GnuPG home for a house, with a key of each name, whose passphrase is
// the name's. The home's path is short: a socket is in it.
func WithGnuPG(h *House, names ...string) {
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
		c := exec.Command("gpg", "--homedir", dir, "--batch", "--pinentry-mode", "loopback", "--passphrase", PassphraseOf(name),
			"--quick-generate-key", name+"@example.org", "ed25519", "sign", "never")
		if out, err := c.CombinedOutput(); err != nil {
			h.TB.Fatalf("gpg (of the Debian package gnupg): %v %s", err, out)
		}
	}
	if out, err := exec.Command("gpgconf", "--homedir", dir, "--reload", "gpg-agent").CombinedOutput(); err != nil {
		h.TB.Fatalf("gpgconf: %v %s", err, out)
	}
}

func PassphraseOf(name string) string { return "secret of " + name }

// signedBy returns the keys that clients see on a release, by those of the file that
// they are given.
func SignedBy(h *House, prefix string) (fingerprints []string) {
	h.TB.Helper()
	d := Must(h.Publications.Get(h.Ctx, prefix, "stable"))(h.TB)
	_, armored, _ := strings.Cut(d.SourcesFile, "Signed-By:")
	armored = strings.ReplaceAll(strings.ReplaceAll(armored, "\n .\n", "\n\n"), "\n ", "\n")
	keys := Must(openpgp.ReadKeys([]byte(strings.TrimSpace(armored) + "\n")))(h.TB)
	_, by, err := openpgp.VerifyClearSigned([]byte(h.Read(strings.TrimPrefix(prefix+"/", "./")+"dists/stable/InRelease")), keys, openpgp.Policy{Now: h.Now()})
	if err != nil {
		h.TB.Fatal(err)
	}
	for _, s := range by {
		fingerprints = append(fingerprints, s.UserID)
	}
	return fingerprints
}
