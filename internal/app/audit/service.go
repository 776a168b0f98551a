// Package audit lists who did what: the audit log, and Landscape's view of it, the event log.
package audit

import "github.com/aptarium/aptarium/internal/app/usecase"

// Service holds the use cases of the audit log.
type Service struct{ k *usecase.Kernel }

// New returns the service.
func New(k *usecase.Kernel) *Service { return &Service{k} }
