// Package apply brings about what a declaration states: it compares the declaration with
// what exists, plans the steps between, and runs them as one activity. It also writes a
// declaration of what exists.
package apply

import (
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/publish"
)

// Parts are what the service works with.
type Parts struct {
	Mirror   *mirror.Store
	Publish  *publish.Store
	Endpoint endpoint.Store

	Collections  *collections.Service
	Keys         *keys.Service
	Mirrors      *mirrors.Service
	Repos        *repos.Service
	Publications *publications.Service
}

// Service holds the use cases.
type Service struct {
	k        *usecase.Kernel
	mirror   *mirror.Store
	publish  *publish.Store
	endpoint endpoint.Store

	collections  *collections.Service
	keys         *keys.Service
	mirrors      *mirrors.Service
	repos        *repos.Service
	publications *publications.Service
}

// New returns the service and registers its kind of activities.
func New(k *usecase.Kernel, p Parts) *Service {
	s := &Service{
		k: k, mirror: p.Mirror, publish: p.Publish, endpoint: p.Endpoint,
		collections: p.Collections, keys: p.Keys, mirrors: p.Mirrors, repos: p.Repos, publications: p.Publications,
	}
	s.register()
	return s
}
