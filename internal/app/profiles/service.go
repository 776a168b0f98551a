// Package profiles holds the use cases of repository profiles, APT sources and saved searches:
// they select the sources of machines.
package profiles

import (
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/pocket"
)

// Service implements the use cases.
type Service struct {
	k       *usecase.Kernel
	keyring *keyring.Store
	fleet   fleet.Store
	pocket  pocket.Store
	pockets *pockets.Service
}

// New returns the service.
func New(k *usecase.Kernel, ring *keyring.Store, p *pockets.Service) *Service {
	return &Service{k: k, keyring: ring, pockets: p}
}
