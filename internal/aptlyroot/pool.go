package aptlyroot

import (
	"os"
	"path/filepath"

	"github.com/aptarium/aptarium/internal/problem"
)

// Path finds a file of a package in the pool, as its name and size tell; nobody
// looks at its bytes. One that is not there, as before a mirror was updated, is
// problem.NotFound.
func (r *Root) Path(f File) (string, error) {
	for _, name := range f.poolPaths() {
		if !filepath.IsLocal(name) {
			return "", problem.New(problem.Invalid, "%.200q is no path below aptly's pool", name).In(f.Filename)
		}
		path := filepath.Join(r.config.Pool(), name)
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() && info.Size() == f.Checksums.Size {
			return path, nil
		}
	}
	return "", problem.New(problem.NotFound, "aptly's pool does not have it").In(f.Filename).
		WithHint("a mirror that was not updated to the end lacks files: `aptly mirror update` fetches them")
}

// poolPaths returns where a file may be below the pool: where its record says; else
// as aptly 1.1 and later store it, or as earlier ones did.
func (f File) poolPaths() (paths []string) {
	name := filepath.Base(f.Filename)
	if f.PoolPath != "" {
		return []string{f.PoolPath}
	}
	if sum := f.Checksums.SHA256; len(sum) == 64 {
		paths = append(paths, filepath.Join(sum[:2], sum[2:4], sum[4:32]+"_"+name))
	}
	if sum := f.Checksums.MD5; len(sum) == 32 {
		paths = append(paths, filepath.Join(sum[:2], sum[2:4], name))
	}
	return paths
}
