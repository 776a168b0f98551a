// Package publications holds the use cases of publications: where they appear, who signs
// them, their releases, and the published trees that clients read.
package publications

import (
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/publish"
)

// Parts are what the service works with.
type Parts struct {
	Mirror   *mirror.Store
	Publish  *publish.Store
	Keyring  *keyring.Store
	Endpoint endpoint.Store
	// OnDemand is the pool with the files that mirrors left upstream.
	OnDemand blob.Store

	Collections *collections.Service
	Keys        *keys.Service
	Mirrors     *mirrors.Service
	Repos       *repos.Service
}

// Service holds the use cases.
type Service struct {
	k        *usecase.Kernel
	mirror   *mirror.Store
	publish  *publish.Store
	builder  *publish.Builder
	keyring  *keyring.Store
	endpoint endpoint.Store
	pocket   pocket.Store
	onDemand blob.Store

	collections *collections.Service
	keys        *keys.Service
	mirrors     *mirrors.Service
	repos       *repos.Service
}

// New returns the service and registers its kinds of activities.
func New(k *usecase.Kernel, p Parts) *Service {
	s := &Service{
		k: k, mirror: p.Mirror, publish: p.Publish, keyring: p.Keyring, onDemand: p.OnDemand, endpoint: p.Endpoint,
		builder:     &publish.Builder{Store: p.Publish, Pool: k.Pool},
		collections: p.Collections, keys: p.Keys, mirrors: p.Mirrors, repos: p.Repos,
	}
	s.register()
	return s
}
