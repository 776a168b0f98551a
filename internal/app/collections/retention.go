package collections

import (
	"github.com/aptarium/aptarium/internal/catalog"
)

// Retention says which past states of a mirror, a repo or a publication are kept;
// the zero value keeps all. [App.CollectGarbage] acts on it.
type Retention = catalog.Retention

// ParseRetention reads a retention as people write it: all=14d,daily=30,weekly=8,
// monthly=12 with any of the four, or keep.
func ParseRetention(text string) (Retention, error) { return catalog.ParseRetention(text) }
