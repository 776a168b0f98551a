package aptlyroot

import (
	"os"
	"path/filepath"

	"github.com/aptarium/aptarium/internal/problem"
)

// Path returns the path of a package's file in the pool. It checks the name and the size, but not the bytes. A missing
// file, as before the update of a mirror, is problem.NotFound.
func (r *Root) Path(f File) (string, error) {
	for _, name := range f.poolPaths() {
		if !filepath.IsLocal(name) {
			return "", problem.New(problem.Invalid, "%.200q is not a path below aptly's pool", name).In(f.Filename)
		}
		path := filepath.Join(r.config.Pool(), name)
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() && info.Size() == f.Checksums.Size {
			return path, nil
		}
	}
	return "", problem.New(problem.NotFound, "aptly's pool does not have this file").In(f.Filename).
		WithHint("an incompletely updated mirror lacks files: `aptly mirror update` downloads them")
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
