// Package imports brings over the repositories of other programs: aptly and reprepro.
package imports

import (
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/publish"
)

// Service holds the use cases.
type Service struct {
	k            *usecase.Kernel
	intake       *intake.Intake
	mirror       *mirror.Store
	publish      *publish.Store
	endpoint     endpoint.Store
	publications *publications.Service
}

// New returns the service and registers its kind of activities.
func New(k *usecase.Kernel, in *intake.Intake, mirrors *mirror.Store, published *publish.Store, p *publications.Service) *Service {
	s := &Service{k: k, intake: in, mirror: mirrors, publish: published, publications: p}
	s.register()
	return s
}
