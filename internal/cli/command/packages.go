package command

import (
	"iter"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
)

// Packages are the flags of a show command that select packages.
type Packages struct {
	routes.Terms
	Listed bool // with --packages
	At     string
}

// Define defines the flags.
func (k *Packages) Define(f Flags) {
	f.Bool(&k.Listed, "packages", "list the packages")
	f.String(&k.At, "at", "packages at this time: 20261120T120000Z or 2026-11-20T12:00:00Z")
	f.String(&k.Package, "name", "packages with this name or pattern")
	f.String(&k.Version, "version", "packages with this version")
	f.String(&k.Architecture, "architecture", "packages of this architecture")
	f.String(&k.Type, "type", "deb, udeb or source packages", PackageTypes)
	f.String(&k.Component, "component", "packages in this component")
}

// PackageTypes completes types of packages.
func PackageTypes(r *Run) iter.Seq2[string, error] { return OneOf("deb", "udeb", "source")(r) }

// Check refuses conditions for packages without --packages. atAlone allows --at alone, for commands that show
// more than packages of a past time.
func (k *Packages) Check(r *Run, atAlone bool) error {
	switch {
	case k.Listed:
	case k.Terms != (routes.Terms{}):
		return r.Usage("conditions for packages need --packages")
	case k.At != "" && !atAlone:
		return r.Usage("--at needs --packages")
	}
	return nil
}

// PackageTable lists packages.
func PackageTable(r *Run, packages iter.Seq2[collections.Package, error]) error {
	return Table(r, packages, "NAME VERSION ARCHITECTURE TYPE COMPONENT SECTION SIZE", func(k collections.Package) []string {
		var bytes int64
		for _, f := range k.Files {
			bytes += f.Size
		}
		return []string{k.Name, k.Version, k.Architecture, k.Type, k.Component, k.Section, Size(bytes)}
	})
}
