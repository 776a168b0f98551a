// Package filesystem is a directory as a place for published trees, for nginx,
// Apache, rsync or any other program to serve.
//
//	ROOT/dists/trixie/InRelease           as deployed, 0644, directories 0755
//	ROOT/pool/main/h/hello/hello_1_all.deb
//	ROOT/.aptarium-ABC…/                  what a running Deploy is writing, 0700
//
// A file of the pool of blobs is linked where that is possible: a hard link
// needs no room and, as the blob is durable already, nothing to be written but
// a name. Everything else is written in the hidden directory, given its mode
// and its time, made durable, and renamed to its path. A Deploy that ends takes
// its hidden directory away; one that was killed leaves it to the next, which
// knows by a lock that nobody uses it.
//
// Directories below the root may be symbolic links, also to other file systems,
// such as ROOT/pool on a larger disk. The hidden directory is then made in the
// topmost directory of that file system, since files are renamed only within
// one. Symbolic links in place of files are replaced, never written through.
//
// To be durable, up to [syncEach] files are flushed each by itself, and more of
// them by one syncfs(2): that waits for whatever else is being written on the
// same file system, but only once.
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

// Link says how files of the pool come to a place.
type Link string

// The ways in which files of the pool come to a place.
const (
	// Auto is Hard where the file system allows it, else Copy.
	Auto Link = ""
	// Hard makes another name for the blob's file. The root must be on the
	// pool's file system, and the server's user must own the blobs
	// (proc(5), protected_hardlinks).
	Hard Link = "hard"
	// Symbolic makes a link that leads into the pool. Whoever serves the place
	// must be able to search the pool's directories (chmod o+x), which are
	// closed to other users when the pool is made.
	Symbolic Link = "symbolic"
	// Copy writes the bytes once more, so that the place depends on nothing.
	// Files that were linked before are replaced by copies when they are
	// deployed again.
	Copy Link = "copy"
)

// Config describes a Place.
type Config struct {
	// Root is the directory, as an absolute path. It must exist whenever the
	// place is used: a disk that is not mounted is told, not filled up.
	Root string
	// Link says how files of the pool come here.
	Link Link
	// Blobs gives the absolute path of a durable blob's file, and false when
	// it has none; that one is then copied. It may be called from any
	// goroutine. Without it everything is copied.
	Blobs func(digest.SHA256) (path string, ok bool)
	// FS wraps the disk, for tests that make it fail; the disk itself if nil.
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

// New gives the place of a configuration, without looking at the disk. A
// configuration that cannot work is a [problem.Invalid].
func New(config Config) (*Place, error) {
	switch {
	case !filepath.IsAbs(config.Root):
		return nil, problem.New(problem.Invalid, "%q is not an absolute path", config.Root).In("root").
			WithHint("name the directory from / on, like /srv/www/debian")
	case filepath.Clean(config.Root) == "/":
		return nil, problem.New(problem.Invalid, "the root of the system is no place for a repository").In("root").
			WithHint("name a directory of its own, like /srv/www/debian")
	}
	switch config.Link {
	case Auto, Copy:
	case Hard, Symbolic:
		if config.Blobs == nil {
			return nil, problem.New(problem.Invalid, "files cannot be linked from a pool that is not in files").In("link").
				WithHint("use %q", Copy)
		}
	default:
		return nil, problem.New(problem.Invalid, "%q is no way to link files", config.Link).In("link").
			WithHint("use %q, %q or %q, or leave it empty", Hard, Symbolic, Copy)
	}
	p := &Place{root: filepath.Clean(config.Root), link: config.Link, blobs: config.Blobs, disk: disk{}}
	if config.FS != nil {
		p.disk = config.FS(p.disk)
	}
	return p, nil
}

// at gives the absolute name of a path below the root.
func (p *Place) at(path string) string { return filepath.Join(p.root, filepath.FromSlash(path)) }

// blob gives the absolute name of the blob that a file may be linked to, or "".
func (p *Place) blob(f *endpoint.File) string {
	if !f.Whole || p.link == Copy || p.blobs == nil {
		return ""
	}
	if name, ok := p.blobs(f.SHA256); ok && filepath.IsAbs(name) {
		return name
	}
	return ""
}
