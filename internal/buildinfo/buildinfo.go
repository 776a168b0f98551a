// Package buildinfo describes the build of this program.
package buildinfo

import (
	"cmp"
	"runtime"
	"runtime/debug"
)

// Version is set by the linker (-X): `make build` passes the output of `git describe`. In
// other builds it is empty; use [Read], which then uses the data of the Go toolchain.
var Version string

// Info describes a build.
type Info struct {
	Version  string `json:"version"`            // such as v1.2.3, or devel
	Revision string `json:"revision,omitempty"` // of the source, a commit of git
	Modified bool   `json:"modified,omitempty"` // whether the source differed from the revision
	Go       string `json:"go"`                 // the toolchain, such as go1.26.0
	Platform string `json:"platform"`           // such as linux/amd64
}

// Read returns the build of the running program.
func Read() Info {
	info := Info{Version: Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if build, ok := debug.ReadBuildInfo(); ok {
		info.add(build)
	}
	info.Version = cmp.Or(info.Version, "devel")
	return info
}

// add fills in the data of the toolchain.
func (i *Info) add(build *debug.BuildInfo) {
	if build.Main.Version != "(devel)" {
		i.Version = cmp.Or(i.Version, build.Main.Version)
	}
	for _, s := range build.Settings {
		switch s.Key {
		case "vcs.revision":
			i.Revision = s.Value
		case "vcs.modified":
			i.Modified = s.Value == "true"
		}
	}
}
