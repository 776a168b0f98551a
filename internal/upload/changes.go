package upload

import (
	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/query"
)

// Changes lets queries be asked of a .changes file: fields are its fields, and
// $Source and $Version those of the source. It has no name, and it is no package, so
// terms that ask for packages never hold.
type Changes struct{ *debfile.Changes }

var _ query.Package = Changes{}

// Name is empty.
func (Changes) Name() string { return "" }

// Version is the one that is uploaded.
func (c Changes) Version() string { return c.Changes.Version }

// Architecture is the field as it is, with all architectures of the upload.
func (c Changes) Architecture() string { return c.Field("Architecture") }

// Type is that of no package.
func (Changes) Type() string { return "changes" }

// Source returns the source package.
func (c Changes) Source() (name, version string) { return c.Changes.Source, c.SourceVersion }

// Provides is nothing.
func (Changes) Provides() []query.Provided { return nil }

// Field returns a field of the .changes file.
func (c Changes) Field(name string) string { return string(c.Stanza.Get(name)) }
