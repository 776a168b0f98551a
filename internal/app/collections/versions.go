package collections

import (
	"strings"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
)

// PackageVersion is a version of a package.
type PackageVersion struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

func packageVersion(s catalog.Summary) PackageVersion {
	return PackageVersion{s.Name, s.Version}
}

func packageVersions(list []catalog.Summary) []PackageVersion {
	return usecase.Map(list, packageVersion)
}

// String returns NAME VERSION.
func (p PackageVersion) String() string { return p.Name + " " + p.Version }

func joinVersions(list []PackageVersion, separator string) string {
	return strings.Join(usecase.Map(list, PackageVersion.String), separator)
}
