package filesystem

import (
	"path/filepath"
	"slices"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/problem"
)

// KindName is the name of the kind.
const KindName = "filesystem"

// Kind returns the kind of endpoints in directories. blobs and wrap are Blobs and FS of [Config].
func Kind(blobs func(digest.SHA256) (path string, ok bool), wrap func(disk FS) FS) endpoint.Kind {
	return endpoint.Kind{
		Name: KindName,
		Doc: `Hard links need the directory on the file system of the data folder. With symbolic
links the web server must be able to read the data folder's pool.`,
		Fields: []endpoint.Field{
			{Name: "directory", Usage: "root that the web server serves", Example: "/srv/www/apt", Required: true, Path: true},
			{
				Name: "link", Usage: "how package files come there: hard, symbolic or copy (default: hard where the file system can, else copy)",
				Values: []string{string(Hard), string(Symbolic), string(Copy)}, Default: "hard, or copy",
			},
		},
		Check: checkSettings,
		Same:  func(a, b endpoint.Settings) bool { return filepath.Clean(a.Directory) == filepath.Clean(b.Directory) },
		URL:   func(s endpoint.Settings) string { return "file:" + s.Directory },
		Open: func(s endpoint.Settings) (endpoint.Place, error) {
			return New(Config{Root: s.Directory, Link: Link(s.Link), Blobs: blobs, FS: wrap})
		},
	}
}

func checkSettings(s endpoint.Settings) (endpoint.Settings, error) {
	clean := filepath.Clean(s.Directory)
	switch {
	case !filepath.IsAbs(s.Directory) || clean == "/":
		return s, problem.New(problem.Invalid, "%q is not the absolute path of a directory of its own", s.Directory).In("directory").
			WithHint("use the root directory of your web server, such as /srv/www/apt")
	case !slices.Contains([]Link{Auto, Hard, Symbolic, Copy}, Link(s.Link)):
		return s, problem.New(problem.Invalid, "%q is not a way to deploy files", s.Link).In("link").WithHint("use hard, symbolic or copy")
	}
	s.Directory = clean
	return s, nil
}
