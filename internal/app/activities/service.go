// Package activities holds the use cases of activities: list, watch, cancel and forget them,
// and run jobs of dialects.
package activities

import "github.com/aptarium/aptarium/internal/app/usecase"

// Service holds the use cases of activities.
type Service struct{ k *usecase.Kernel }

// New returns the service.
func New(k *usecase.Kernel) *Service { return &Service{k} }
