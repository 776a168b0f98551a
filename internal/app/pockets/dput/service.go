// Package dput accepts the uploads that dput sends to pockets: files wait until a signed .changes
// file claims them.
package dput

import (
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/publish"
	"github.com/aptarium/aptarium/internal/upload"
)

// Service implements the use case.
type Service struct {
	k        *usecase.Kernel
	intake   *intake.Intake
	publish  *publish.Store
	keyring  *keyring.Store
	pocket   pocket.Store
	queue    upload.Queue
	arriving arriving
	refusals refusals

	pockets      *pockets.Service
	publications *publications.Service
	repos        *repos.Service
}

// New returns the service and registers its kind of activities.
func New(k *usecase.Kernel, in *intake.Intake, publish *publish.Store, ring *keyring.Store, p *pockets.Service, published *publications.Service, r *repos.Service) *Service {
	s := &Service{k: k, intake: in, publish: publish, keyring: ring, pockets: p, publications: published, repos: r}
	s.register()
	return s
}
