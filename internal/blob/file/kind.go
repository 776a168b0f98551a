package file

import (
	"cmp"
	"context"
	"net/url"
	"path/filepath"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/problem"
)

// Kind returns the kind of stores in directories: "file:" is the data folder, and "file:///srv/pool" another
// directory. wrap is FS of [Options].
func Kind(wrap func(disk FS) FS) blob.Kind {
	return blob.Kind{
		Scheme: "file",
		Check: func(at *url.URL) error {
			if at.Opaque != "" || at.Host != "" || at.RawQuery != "" || at.Path != "" && filepath.Clean(at.Path) == "/" {
				return problem.New(problem.Invalid, "%q is not the URL of a directory of its own", at).In("pool").WithHint("use a URL such as file:///srv/pool")
			}
			return nil
		},
		Open: func(_ context.Context, at *url.URL, data string) (blob.Opened, error) {
			s, err := Open(cmp.Or(at.Path, data), Options{FS: wrap})
			if err != nil {
				return blob.Opened{}, err
			}
			return blob.Opened{Store: s, Path: s.Path, Close: s.Close}, nil
		},
	}
}
