// Package collections holds what mirrors, repos and snapshots have in common: their
// packages, history, differences and searches, and the use cases of snapshots.
package collections

import (
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/publish"
)

// Service has one method for each use case.
type Service struct {
	k       *usecase.Kernel
	mirror  *mirror.Store
	publish *publish.Store
	pocket  pocket.Store
}

// New returns the service.
func New(k *usecase.Kernel, mirrors *mirror.Store, publications *publish.Store) *Service {
	return &Service{k: k, mirror: mirrors, publish: publications}
}
