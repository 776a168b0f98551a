package keys

import (
	"context"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/publish"
)

// PublicKeys returns the keys by which clients accept the releases of a publication.
func (s *Service) PublicKeys(ctx context.Context, tx *db.Tx, o publish.Options) (*openpgp.Keyring, error) {
	var rings []*openpgp.Keyring
	for _, fingerprint := range o.Keys {
		key, err := s.keyring.Get(ctx, tx, fingerprint)
		if err != nil {
			return nil, err
		}
		rings = append(rings, key.Public)
	}
	if o.GnuPG != nil {
		ring, err := openpgp.ReadKeys([]byte(o.GnuPG.Certificates))
		if err != nil {
			return nil, err
		}
		rings = append(rings, ring)
	}
	return openpgp.Merge(rings...), nil
}
