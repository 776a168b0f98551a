// Package repos holds the use cases of repos: their settings, their uploaders, and the packages
// that people add, copy and remove.
package repos

import (
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/publish"
	"github.com/aptarium/aptarium/internal/upload"
)

// Service implements the use cases.
type Service struct {
	k           *usecase.Kernel
	intake      *intake.Intake
	area        *upload.Area
	uploaders   upload.Store
	publish     *publish.Store
	collections *collections.Service
}

// New returns the service.
func New(k *usecase.Kernel, in *intake.Intake, area *upload.Area, publications *publish.Store, c *collections.Service) *Service {
	return &Service{k: k, intake: in, area: area, publish: publications, collections: c}
}
