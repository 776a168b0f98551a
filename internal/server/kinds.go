package server

import (
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/file"
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

// BlobKinds returns the kinds of stores in which the pool can be.
func BlobKinds(seams Seams) blob.Kinds {
	return blob.Kinds{
		file.Kind(seams.Pool),
	}
}
