// Package pockets holds the use cases of Landscape's distributions, series and pockets: their
// settings, syncs, pulls with a check, and reverts.
package pockets

import (
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/keyring"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/publish"
	"github.com/aptarium/aptarium/internal/upload"
)

// Parts are the parts of the service.
type Parts struct {
	Mirror  *mirror.Store
	Publish *publish.Store
	Keyring *keyring.Store
	// ArchiveKeys returns, armored, the keys that the machine has for archives. They sign the
	// upstreams of pockets that name no key. nil: there are none.
	ArchiveKeys func() (armored string, err error)

	Collections  *collections.Service
	Keys         *keys.Service
	Publications *publications.Service
}

// Service implements the use cases.
type Service struct {
	k           *usecase.Kernel
	mirror      *mirror.Store
	publish     *publish.Store
	keyring     *keyring.Store
	pocket      pocket.Store
	fleet       fleet.Store
	queue       upload.Queue
	archiveKeys func() (armored string, err error)

	collections  *collections.Service
	keys         *keys.Service
	publications *publications.Service
}

// New returns the service and registers its kinds of activities.
func New(k *usecase.Kernel, p Parts) *Service {
	s := &Service{
		k: k, mirror: p.Mirror, publish: p.Publish, keyring: p.Keyring, archiveKeys: p.ArchiveKeys,
		collections: p.Collections, keys: p.Keys, publications: p.Publications,
	}
	s.register()
	return s
}
