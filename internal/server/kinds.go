package server

import (
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/endpoint/filesystem"
)

// EndpointKinds returns the kinds of endpoints. blobs is as in [filesystem.Config]; nil is enough for a
// caller that opens no place.
func EndpointKinds(blobs func(digest.SHA256) (path string, ok bool), seams Seams) endpoint.Kinds {
	return endpoint.Kinds{
		filesystem.Kind(blobs, seams.Place),
	}
}
