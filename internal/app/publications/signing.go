package publications

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// Signing says who signs the releases from now on; without one that stays as it
// is. The passphrase is for this call alone: it is never stored, logged or sent.
type Signing struct {
	Skip           bool     `json:"skip,omitempty" doc:"Sign nothing"`
	Keys           []string `json:"keys,omitempty" doc:"Names, fingerprints, key ids or addresses, of our own keys or else of GnuPG's; all of them sign. Empty: those that signed before, or the default key"`
	Keyring        string   `json:"keyring,omitempty" doc:"The GnuPG keyring that has the keys: the name of a file in the server's GnuPG home, or an absolute path"`
	SecretKeyring  string   `json:"secret_keyring,omitempty" doc:"Their secrets, where GnuPG keeps them in a keyring"`
	Passphrase     string   `json:"-"`
	PassphraseFile string   `json:"passphrase_file,omitempty" doc:"A file of the server with the passphrase of GnuPG's keys"`
}

// secret gives the passphrase of a call.
func (s *Signing) secret() string {
	if s == nil || s.Skip {
		return ""
	}
	return s.Passphrase
}

func (s *Signing) rings() gnupg.Rings { return gnupg.Rings{Public: s.Keyring, Secret: s.SecretKeyring} }

// sign changes who signs, as a call says. It comes before the transaction of the
// change, since it may ask gpg.
func (svc *Service) Sign(ctx context.Context, o *PublishOptions, s *Signing) error {
	switch {
	case s == nil:
		return nil
	case s.Skip:
		o.Unsigned, o.Keys, o.GnuPG = true, nil, nil
		return nil
	}
	elsewhere := s.rings() != gnupg.Rings{}
	o.Unsigned = false
	if len(s.Keys) == 0 && !elsewhere && len(o.Keys)+lenGnuPG(o.GnuPG) > 0 {
		if o.GnuPG != nil && s.PassphraseFile != "" {
			kept := *o.GnuPG
			kept.PassphraseFile = s.PassphraseFile
			o.GnuPG = &kept
		}
		return nil
	}
	ours, theirs := []string(nil), s.Keys
	if !elsewhere {
		var err error
		if ours, theirs, err = svc.OwnKeys(ctx, s.Keys); err != nil {
			return err
		}
	}
	o.Keys, o.GnuPG = ours, nil
	if len(theirs) == 0 && (len(ours) > 0 || !elsewhere && s.Passphrase == "" && s.PassphraseFile == "") {
		return nil // without any, the default key
	}
	var err error
	o.GnuPG, err = svc.GnupgKeys(ctx, s, theirs)
	if len(s.Keys) == 0 && !elsewhere && problem.Is(err, problem.NotFound) {
		return nil // a passphrase of nothing: the default key needs none
	}
	return err
}

func lenGnuPG(g *publish.GnuPG) int {
	if g == nil {
		return 0
	}
	return len(g.Keys)
}

// ownKeys gives the fingerprints of the keys that we have ourselves, and the names
// of the others.
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

// gnupgKeys finds keys in GnuPG, with what clients need to know of them.
func (svc *Service) GnupgKeys(ctx context.Context, s *Signing, names []string) (*publish.GnuPG, error) {
	found, err := svc.k.Settings.GnuPG.Secrets(ctx, s.rings(), names...)
	if err != nil {
		return nil, err
	}
	g := &publish.GnuPG{Keyring: s.Keyring, SecretKeyring: s.SecretKeyring, PassphraseFile: s.PassphraseFile}
	for _, k := range found {
		if !slices.Contains(g.Keys, k.Fingerprint) {
			g.Keys = append(g.Keys, k.Fingerprint)
		}
	}
	g.Certificates, err = svc.k.Settings.GnuPG.Export(ctx, s.rings(), g.Keys...)
	return g, err
}

// signUpdate changes the options of an edit as its signing says.
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

// signers gives all who sign a release: our own keys, then GnuPG's.
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
