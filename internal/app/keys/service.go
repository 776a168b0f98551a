// Package keys holds the use cases of signing keys, and of the keys that GnuPG trusts.
package keys

import (
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/publish"
)

// Service holds the use cases.
type Service struct {
	k       *usecase.Kernel
	keyring *keyring.Store
	publish *publish.Store
	pocket  pocket.Store
	fleet   fleet.Store
}

// New returns the service.
func New(k *usecase.Kernel, ring *keyring.Store, publications *publish.Store) *Service {
	return &Service{k: k, keyring: ring, publish: publications}
}
