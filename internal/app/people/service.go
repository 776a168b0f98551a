// Package people holds the use cases about callers: persons, roles, access groups,
// invitations, key pairs, sessions and tokens, and who a caller is.
package people

import (
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/pocket"
)

// Service holds the use cases.
type Service struct {
	k      *usecase.Kernel
	fleet  fleet.Store
	pocket pocket.Store
}

// New returns the service.
func New(k *usecase.Kernel) *Service { return &Service{k: k} }
