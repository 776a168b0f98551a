package collections

import (
	"strings"

	"github.com/aptarium/aptarium/internal/catalog"
)

func packageVersion(s catalog.Summary) PackageVersion {
	return PackageVersion{s.Name, s.Version}
}

func packageVersions(list []catalog.Summary) []PackageVersion {
	versions := make([]PackageVersion, len(list))
	for i, s := range list {
		versions[i] = packageVersion(s)
	}
	return versions
}

// String gives the form NAME VERSION.
func (p PackageVersion) String() string { return p.Name + " " + p.Version }

func joinVersions(list []PackageVersion, separator string) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = v.String()
	}
	return strings.Join(texts, separator)
}

// PackageVersion is a version of a package.
type PackageVersion struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}
