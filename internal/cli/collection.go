package cli

import (
	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
)

// packageFlags choose packages of a collection.
type packageFlags struct {
	routes.Terms
	list bool
	at   string
}

func (f *packageFlags) define(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.list, "packages", false, "list its packages")
	flags.StringVar(&f.at, "at", "", "packages of then: 20261120T120000Z or 2026-11-20T12:00:00Z")
	flags.StringVar(&f.Package, "name", "", "packages with this name or pattern")
	flags.StringVar(&f.Version, "version", "", "packages with this version")
	flags.StringVar(&f.Architecture, "architecture", "", "packages of this architecture")
	flags.StringVar(&f.Type, "type", "", "deb, udeb or source packages")
	flags.StringVar(&f.Component, "component", "", "packages in this component")
	completeFlag(c, "type", oneOf("deb", "udeb", "source"))
}

func packageRow(k collections.Package) []string {
	var bytes int64
	for _, f := range k.Files {
		bytes += f.Size
	}
	return []string{k.Name, k.Version, k.Architecture, k.Type, k.Component, k.Section, size(bytes)}
}

// defineLimit bounds a list that may be long.
func defineLimit(c *cobra.Command, limit *int) {
	c.Flags().IntVar(limit, "limit", 20, "at most so many; 0 for all")
}
