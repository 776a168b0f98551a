package upload

import (
	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/query"
)

// Changes adapts a .changes file to queries: fields are its fields, and $Source and $Version
// those of the source. It has no name and provides nothing, so terms about package names never
// hold.
type Changes struct{ *debfile.Changes }

var _ query.Package = Changes{}

// Name returns "".
func (Changes) Name() string { return "" }

// Version returns the version of the upload.
func (c Changes) Version() string { return c.Changes.Version }

// Architecture returns the field, with all architectures of the upload.
func (c Changes) Architecture() string { return c.Field("Architecture") }

// Type returns "changes".
func (Changes) Type() string { return "changes" }

// Source returns the source package.
func (c Changes) Source() (name, version string) { return c.Changes.Source, c.SourceVersion }

// Provides returns nil.
func (Changes) Provides() []query.Provided { return nil }

// Field returns a field of the .changes file.
func (c Changes) Field(name string) string { return string(c.Stanza.Get(name)) }
