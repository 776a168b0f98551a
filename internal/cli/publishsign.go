package cli

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/publications"
)

// signFlags are what can be said about who signs, beside our own keys.
type signFlags struct {
	keys             []string
	ring, secretRing string
	passphraseFile   string
}

// signNames are the flags; any of them changes who signs.
var signNames = []string{"gpg-key", "gpg-keyring", "gpg-secret-keyring", "passphrase-file"}

func (f *signFlags) define(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&f.keys, "gpg-key", nil, "key that signs, by name, fingerprint, key id or address: ours, or one of the gpg of the server; may be given several times")
	flags.StringVar(&f.ring, "gpg-keyring", "", "GnuPG keyring of the server that has the keys (default: gpg's own)")
	flags.StringVar(&f.secretRing, "gpg-secret-keyring", "", "GnuPG keyring of the server that has their secrets, for GnuPG 1")
	flags.StringVar(&f.passphraseFile, "passphrase-file", "", "file here with the passphrase of GnuPG's keys in its first line; the passphrase is not kept")
}

// signing gives what the flags say of who signs, and the secret; nil if nothing.
func (p *program) signing(c *cobra.Command, f *signFlags) (signing *publications.Signing, secret routes.Secret, err error) {
	said := false
	for _, name := range signNames {
		said = said || c.Flags().Changed(name)
	}
	if !said {
		return nil, secret, nil
	}
	secret.Passphrase, err = p.passphrase(f.passphraseFile)
	return &publications.Signing{Keys: f.keys, Keyring: f.ring, SecretKeyring: f.secretRing}, secret, err
}
