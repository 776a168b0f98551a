// Package uploads holds the use cases of the upload area, where files wait in directories
// until a repo takes them.
package uploads

import (
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/upload"
)

// Service holds the use cases.
type Service struct {
	k    *usecase.Kernel
	area *upload.Area
}

// New returns the service.
func New(k *usecase.Kernel, area *upload.Area) *Service { return &Service{k, area} }
