package aptlyroot

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/problem"
)

// Limits of records.
const (
	maxRefs  = 5_000_000 // packages in a list
	maxKey   = 1000      // bytes of a package's key
	maxFiles = 1000      // files of a package
)

// Refs returns the keys of the packages of a repo, a mirror or a snapshot, in their
// order: the record E and the UUID. One that never had any has none.
func (r *Root) Refs(uuid string) ([]string, error) { return r.refs("E" + uuid) }

// PublishedRefs returns the keys of the packages that a publication of a repo shows
// in a component: those the repo had when it was last published.
func (r *Root) PublishedRefs(publication, component string) ([]string, error) {
	return r.refs("E" + publication + component)
}

func (r *Root) refs(key string) ([]string, error) {
	var list struct {
		Refs    [][]byte
		Buckets [][]byte // of development versions of aptly, which keep the keys elsewhere
	}
	err := r.get([]byte(key), &list)
	switch {
	case problem.Is(err, problem.NotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case len(list.Buckets) > 0:
		return nil, damaged([]byte(key), errors.New("it is of an unreleased version of aptly"))
	case len(list.Refs) > maxRefs:
		return nil, damaged([]byte(key), fmt.Errorf("it lists %d packages", len(list.Refs)))
	}
	keys := make([]string, len(list.Refs))
	for i, ref := range list.Refs {
		if len(ref) > maxKey || !bytes.HasPrefix(ref, []byte("P")) {
			return nil, damaged([]byte(key), fmt.Errorf("%.200q is no key of a package", ref))
		}
		keys[i] = string(ref)
	}
	return keys, nil
}

// Package is a package of aptly: the record of its key, Parch name version hash.
type Package struct {
	Key                string `codec:"-"`
	Name               string
	Version            string
	Architecture       string // source for sources
	SourceArchitecture string // of sources, what they build for
	IsSource           bool
	IsUdeb             bool
	IsInstaller        bool              // files of an installer's images, which are no package
	FilesHash          uint64            // of the names, sizes and sums of the files
	Files              []File            `codec:"-"`
	Fields             map[string]string `codec:"-"` // of the control text, but for names, files and dependencies
}

// File is a file of a package.
type File struct {
	Filename  string
	Checksums Checksums
	PoolPath  string // below the pool; empty where the sums tell it
}

// Checksums are what aptly knows of a file; sums are hexadecimal, or empty.
type Checksums struct {
	Size                      int64
	MD5, SHA1, SHA256, SHA512 string
}

// currentForm begins a record of aptly 0.4 and later.
const currentForm = "\xc1\x01"

// Package reads the record of a package, with its files (the record xF and the key) and fields (xE and the key). A
// missing record is problem.NotFound.
func (r *Root) Package(key string) (Package, error) {
	p := Package{Key: key}
	value, err := r.db.Get([]byte(key), nil)
	if err != nil {
		err = r.get([]byte(key), &p) // for the words of the error
		return p, err
	}
	body, current := bytes.CutPrefix(value, []byte(currentForm))
	if !current {
		return p, damaged([]byte(key), errors.New("it was written by an aptly before 0.4"))
	}
	if err := r.decode([]byte(key), body, &p); err != nil {
		return p, err
	}
	if err := r.get([]byte("xF"+key), &p.Files); err != nil {
		return p, err
	}
	if len(p.Files) == 0 || len(p.Files) > maxFiles {
		return p, damaged([]byte("xF"+key), fmt.Errorf("it has %d files", len(p.Files)))
	}
	if err := r.get([]byte("xE"+key), &p.Fields); err != nil {
		return p, err
	}
	return p, nil
}
