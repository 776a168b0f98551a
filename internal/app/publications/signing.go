package publications

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// Signing states who signs the releases from now on; nil changes nothing. The passphrase is
// only for this call: it is never stored, logged or sent.
type Signing struct {
	Skip           bool     `json:"skip,omitempty" doc:"Sign nothing"`
	Keys           []string `json:"keys,omitempty" doc:"Names, fingerprints, key ids or addresses, of our own keys, else of GnuPG's; all of them sign. Empty: the keys that signed before, or the default key"`
	Keyring        string   `json:"keyring,omitempty" doc:"The GnuPG keyring with the keys: the name of a file in the server's GnuPG home, or an absolute path"`
	SecretKeyring  string   `json:"secret_keyring,omitempty" doc:"The GnuPG keyring with their secret parts, if GnuPG keeps them in one"`
	Passphrase     string   `json:"-"`
	PassphraseFile string   `json:"passphrase_file,omitempty" doc:"A file on the server with the passphrase of GnuPG's keys"`
}

// secret returns the passphrase of a call.
func (s *Signing) secret() string {
	if s == nil || s.Skip {
		return ""
	}
	return s.Passphrase
}

func (s *Signing) rings() gnupg.Rings { return gnupg.Rings{Public: s.Keyring, Secret: s.SecretKeyring} }

// Sign sets in options who signs. Call it before the transaction of the change, since it may
// run gpg.
func (s *Service) Sign(ctx context.Context, o *PublishOptions, by *Signing) error {
	switch {
	case by == nil:
		return nil
	case by.Skip:
		o.Unsigned, o.Keys, o.GnuPG = true, nil, nil
		return nil
	}
	elsewhere := by.rings() != gnupg.Rings{}
	o.Unsigned = false
	if len(by.Keys) == 0 && !elsewhere && len(o.Keys)+lenGnuPG(o.GnuPG) > 0 {
		if o.GnuPG != nil && by.PassphraseFile != "" {
			kept := *o.GnuPG
			kept.PassphraseFile = by.PassphraseFile
			o.GnuPG = &kept
		}
		return nil
	}
	ours, theirs := []string(nil), by.Keys
	if !elsewhere {
		var err error
		if ours, theirs, err = s.OwnKeys(ctx, by.Keys); err != nil {
			return err
		}
	}
	o.Keys, o.GnuPG = ours, nil
	if len(theirs) == 0 && (len(ours) > 0 || !elsewhere && by.Passphrase == "" && by.PassphraseFile == "") {
		return nil // resolveKeys adds the default key if there is none
	}
	var err error
	o.GnuPG, err = s.GnuPGKeys(ctx, by, theirs)
	if len(by.Keys) == 0 && !elsewhere && problem.Is(err, problem.NotFound) {
		return nil // a passphrase without keys: the default key needs none
	}
	return err
}

func lenGnuPG(g *publish.GnuPG) int {
	if g == nil {
		return 0
	}
	return len(g.Keys)
}

// OwnKeys returns the fingerprints of the keys in our own key store, and the names of the
// others.
func (s *Service) OwnKeys(ctx context.Context, names []string) (ours, others []string, err error) {
	err = s.k.DB.Read(ctx, func(tx *db.Tx) error {
		ours, others = nil, nil
		for _, name := range names {
			key, err := s.keyring.Signing(ctx, tx, name)
			switch {
			case problem.Is(err, problem.NotFound):
				others = append(others, name)
			case err != nil:
				return err
			case !slices.Contains(ours, key.Fingerprint):
				ours = append(ours, key.Fingerprint)
			}
		}
		return nil
	})
	return ours, others, err
}

// GnuPGKeys returns keys of GnuPG with their certificates for clients.
func (s *Service) GnuPGKeys(ctx context.Context, by *Signing, names []string) (*publish.GnuPG, error) {
	found, err := s.k.Settings.GnuPG.Secrets(ctx, by.rings(), names...)
	if err != nil {
		return nil, err
	}
	g := &publish.GnuPG{Keyring: by.Keyring, SecretKeyring: by.SecretKeyring, PassphraseFile: by.PassphraseFile}
	for _, k := range found {
		if !slices.Contains(g.Keys, k.Fingerprint) {
			g.Keys = append(g.Keys, k.Fingerprint)
		}
	}
	g.Certificates, err = s.k.Settings.GnuPG.Export(ctx, by.rings(), g.Keys...)
	return g, err
}

// resolveKeys returns the fingerprints of the keys that sign, so that a new default key does
// not change who signs. It creates the default key if there is none.
func (s *Service) resolveKeys(ctx context.Context, tx *db.Tx, o PublishOptions) ([]string, error) {
	if o.Verbatim {
		return o.Keys, nil // publish.Store refuses them
	}
	if o.Unsigned || len(o.Keys) == 0 && o.GnuPG != nil {
		return nil, nil
	}
	if len(o.Keys) == 0 {
		key, made, err := s.keyring.EnsureDefault(ctx, tx)
		if err == nil && made {
			err = access.Record(ctx, tx, "key.generate", "key:"+key.Name, map[string]string{"fingerprint": key.Fingerprint})
		}
		return []string{key.Fingerprint}, err
	}
	fingerprints := make([]string, len(o.Keys))
	for i, ref := range o.Keys {
		key, err := s.keyring.Get(ctx, tx, ref)
		if err != nil {
			return nil, err
		}
		if !key.HasSecret {
			return nil, problem.New(problem.Conflict, "the secret part of key %q is not here, so it cannot sign", ref).In("keys").
				WithHint("`aptarium key import` imports it")
		}
		fingerprints[i] = key.Fingerprint
	}
	return fingerprints, nil
}

// signUpdate applies the signing of an edit to its options.
func (s *Service) signUpdate(ctx context.Context, prefix, distribution string, in *PublicationEdit) error {
	if in.Signing == nil {
		return nil
	}
	now, err := usecase.View(ctx, s.k, func(tx *db.Tx) (publish.Publication, error) { return s.publication(ctx, tx, prefix, distribution) })
	if err != nil {
		return err
	}
	options := now.Options
	if in.Options != nil {
		options = *in.Options
	}
	if err := s.Sign(ctx, &options, in.Signing); err != nil {
		return err
	}
	in.Options = &options
	return nil
}

// signers returns the signers of a release: our own keys, then GnuPG's.
func (s *Service) signers(ctx context.Context, tx *db.Tx, o PublishOptions, passphrase string) (list []openpgp.Signer, err error) {
	if o.Unsigned || o.Verbatim {
		return nil, nil
	}
	if len(o.Keys) > 0 || o.GnuPG == nil {
		if list, err = s.keyring.Signers(ctx, tx, o.Keys...); err != nil {
			return nil, err
		}
	}
	if g := o.GnuPG; g != nil {
		for _, fingerprint := range g.Keys {
			list = append(list, s.k.Settings.GnuPG.Signer(gnupg.Rings{Public: g.Keyring, Secret: g.SecretKeyring}, fingerprint,
				gnupg.Passphrase{Text: passphrase, File: g.PassphraseFile}))
		}
	}
	return list, nil
}
