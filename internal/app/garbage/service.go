// Package garbage holds the use cases that free space and check what is stored: collection,
// compaction and scrub.
package garbage

import (
	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/publish"
	"github.com/aptarium/aptarium/internal/upload"
)

// Service has one method for each use case.
type Service struct {
	k          *usecase.Kernel
	mirror     *mirror.Store
	publish    *publish.Store
	queue      upload.Queue
	activities *activities.Service
}

// New returns the service and registers its kind of activities.
func New(k *usecase.Kernel, mirrors *mirror.Store, publications *publish.Store, a *activities.Service) *Service {
	s := &Service{k: k, mirror: mirrors, publish: publications, activities: a}
	s.register()
	return s
}
