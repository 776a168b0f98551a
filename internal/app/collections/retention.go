package collections

import (
	"github.com/aptarium/aptarium/internal/catalog"
)

// Retention selects the past states of a mirror, a repo or a publication to keep; the zero value
// keeps all. The collection of garbage deletes the others.
type Retention = catalog.Retention

// ParseRetention parses a retention such as all=14d,daily=30,weekly=8,monthly=12, with any of the
// four parts, or keep, which keeps all.
func ParseRetention(text string) (Retention, error) { return catalog.ParseRetention(text) }
