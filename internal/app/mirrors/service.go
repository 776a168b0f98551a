// Package mirrors holds the use cases of mirrors: what they follow, their syncs and tasks,
// and the files that they leave upstream until the first reader.
package mirrors

import (
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/mirror"
)

// Service has one method for each use case.
type Service struct {
	k           *usecase.Kernel
	client      *fetch.Client
	mirror      *mirror.Store
	syncer      *mirror.Syncer
	onDemand    *onDemand
	collections *collections.Service
}

// New returns the service and registers its kinds of activities.
func New(k *usecase.Kernel, client *fetch.Client, mirrors *mirror.Store, c *collections.Service) *Service {
	s := &Service{k: k, client: client, mirror: mirrors, collections: c}
	s.syncer = &mirror.Syncer{Catalog: k.Catalog, Store: mirrors, Pool: k.Pool, Client: client, Now: k.Now}
	s.onDemand = newOnDemand(s)
	s.register()
	return s
}

func (s *Service) register() {
	usecase.Register(s.k, usecase.Kind[SyncPayload, mirror.Result]{Type: TypeSync, Run: s.runSync})
	usecase.Register(s.k, usecase.Kind[prefetchPayload, PrefetchResult]{Type: typePrefetch, Run: s.runPrefetch})
	usecase.Register(s.k, usecase.Kind[taskPayload, mirror.Result]{Type: typeTask, Run: s.runTask})
}
