package file

import (
	"context"
	"net/url"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/problem"
)

// Kind returns the kind of stores in directories. Its only URL is "file:", for the data folder: a pool elsewhere
// would need to be bound to its database. wrap is FS of [Options].
func Kind(wrap func(disk FS) FS) blob.Kind {
	return blob.Kind{
		Scheme: "file",
		Check: func(at *url.URL) error {
			if at.String() != "file:" {
				return problem.New(problem.Invalid, "a pool of files can only be in the data folder").In("pool").WithHint("use file:")
			}
			return nil
		},
		Open: func(_ context.Context, _ *url.URL, data string) (blob.Opened, error) {
			s, err := Open(data, Options{FS: wrap})
			if err != nil {
				return blob.Opened{}, err
			}
			return blob.Opened{Store: s, Path: s.Path, Close: s.Close}, nil
		},
	}
}
