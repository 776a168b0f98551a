// Package filesystem implements an endpoint in a directory, which nginx, Apache, rsync or any other program
// serves.
//
//	ROOT/dists/trixie/InRelease           as deployed, 0644, directories 0755
//	ROOT/pool/main/h/hello/hello_1_all.deb
//	ROOT/.aptarium-ABC…/                  the files of a running Deploy, 0700
//
// Files of the pool are linked if possible: a hard link needs no space, and only its name must be written,
// because the blob already is durable. Other files are written in the hidden directory, get their mode and
// time, are made durable, and renamed to their path. At its end, Deploy deletes its hidden directory. The next
// Deploy deletes that of a killed one, which it recognises because it is not locked.
//
// Directories below the root can be symbolic links, also to other file systems, such as ROOT/pool on a larger
// disk. The hidden directory is then in the topmost directory of that file system, because a rename works only
// within one. Symbolic links instead of files are replaced, and never followed for writing.
//
// Up to [syncEach] files are made durable one by one, and more files with one syncfs(2): it waits for all other
// writes to the same file system, but only once.
package filesystem

import (
	"path/filepath"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/problem"
)

const (
	fileMode      = 0o644 // whatever the umask
	directoryMode = 0o755 // whatever the umask
)

// Link is the way in which files of the pool are deployed.
type Link string

// The ways to deploy files of the pool.
const (
	// Auto is Hard if the file system allows it, else Copy.
	Auto Link = ""
	// Hard creates another name of the blob's file. The root must be on the pool's file
	// system, and the server's user must own the blobs (proc(5), protected_hardlinks).
	Hard Link = "hard"
	// Symbolic creates a symbolic link into the pool. The web server must be able to search
	// the pool's directories (chmod o+x), which a new pool forbids to other users.
	Symbolic Link = "symbolic"
	// Copy copies the bytes, so that the endpoint is independent of the pool. Existing
	// links are replaced by copies when they are deployed again.
	Copy Link = "copy"
)

// Config configures a Place.
type Config struct {
	// Root is the directory, as an absolute path. It must exist: an unmounted disk is an
	// error.
	Root string
	// Link is the way to deploy files of the pool.
	Link Link
	// Blobs returns the absolute path of a durable blob's file, or false if it has none:
	// then the blob is copied. It can be called from any goroutine. Without it all blobs
	// are copied.
	Blobs func(digest.SHA256) (path string, ok bool)
	// FS replaces the disk in tests; nil means the disk.
	FS func(disk FS) FS
}

// Place is an [endpoint.Place] in a directory.
type Place struct {
	root  string
	link  Link
	blobs func(digest.SHA256) (path string, ok bool)
	disk  FS
}

var _ endpoint.Place = (*Place)(nil)

// New returns the Place of a configuration. It does not access the disk. An impossible configuration is a
// [problem.Invalid].
func New(config Config) (*Place, error) {
	switch {
	case !filepath.IsAbs(config.Root):
		return nil, problem.New(problem.Invalid, "%q is not an absolute path", config.Root).In("root").
			WithHint("use an absolute path, such as /srv/www/debian")
	case filepath.Clean(config.Root) == "/":
		return nil, problem.New(problem.Invalid, "the root directory of the system cannot be an endpoint").In("root").
			WithHint("use a directory of its own, such as /srv/www/debian")
	}
	switch config.Link {
	case Auto, Copy:
	case Hard, Symbolic:
		if config.Blobs == nil {
			return nil, problem.New(problem.Invalid, "files cannot be linked from a pool without files").In("link").
				WithHint("use %q", Copy)
		}
	default:
		return nil, problem.New(problem.Invalid, "%q is not a way to link files", config.Link).In("link").
			WithHint("use %q, %q, %q or an empty text", Hard, Symbolic, Copy)
	}
	p := &Place{root: filepath.Clean(config.Root), link: config.Link, blobs: config.Blobs, disk: disk{}}
	if config.FS != nil {
		p.disk = config.FS(p.disk)
	}
	return p, nil
}

func (p *Place) at(path string) string { return filepath.Join(p.root, filepath.FromSlash(path)) }

// blob returns the absolute path of the blob to link, or "".
func (p *Place) blob(f *endpoint.File) string {
	if !f.Whole || p.link == Copy || p.blobs == nil {
		return ""
	}
	if name, ok := p.blobs(f.SHA256); ok && filepath.IsAbs(name) {
		return name
	}
	return ""
}
