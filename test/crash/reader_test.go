package crash

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// tree is a published tree as a client reaches it.
type tree interface {
	// read returns the bytes at a path below the prefix, or an error that is
	// fs.ErrNotExist when there is no such file.
	read(path string) ([]byte, error)
	// has wants the bytes at a path to have a digest. It may skip bytes that it read
	// before, if nothing indicates a change.
	has(path, sha256 string) error
}

// release is what a client sees that begins at an InRelease.
type release struct {
	inRelease []byte
	packages  []string          // "name version", sorted
	indexes   map[string]string // SHA-256 by name, of the existing indexes
	paths     map[string]string // SHA-256 of every file that it is made of, as clients ask for them
}

// look reads a release as apt does: InRelease, each index by its hash, and each
// package. It wants all to be there, and right. Where there is no InRelease, it
// is nil.
func look(t tree, distribution string) (*release, error) {
	text, err := t.read("dists/" + distribution + "/InRelease")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := &release{inRelease: text, indexes: map[string]string{}, paths: map[string]string{
		"dists/" + distribution + "/InRelease": digest.Of(text).String(),
	}}
	signed, err := openpgp.Cleartext(text)
	if err != nil {
		return r, fmt.Errorf("InRelease: %w", err)
	}
	stanza, err := deb822.Parse(signed)
	if err != nil {
		return r, fmt.Errorf("InRelease: %w", err)
	}
	listed, err := sums(stanza, "SHA256", deb822.SHA256)
	if err != nil {
		return r, fmt.Errorf("InRelease: %w", err)
	}
	sha512, err := sums(stanza, "SHA512", deb822.SHA512)
	if err != nil {
		return r, fmt.Errorf("InRelease: %w", err)
	}
	for name, sum := range listed {
		if err := r.index(t, "dists/"+distribution+"/"+name, sum, sha512[name], hasSibling(listed, name)); err != nil {
			return r, err
		}
	}
	slices.Sort(r.packages)
	r.packages = slices.Compact(r.packages)
	return r, nil
}

func sums(stanza *deb822.Stanza, field string, kind deb822.Sum) (map[string]string, error) {
	list := map[string]string{}
	for sum, err := range deb822.Checksums(stanza.Get(field), kind) {
		if err != nil {
			return nil, err
		}
		list[string(sum.Name)] = string(sum.Sum)
	}
	return list, nil
}

// hasSibling reports whether an index is listed compressed too: then a place may
// leave the plain text away, and clients do not ask for it.
func hasSibling(listed map[string]string, name string) bool {
	_, gz := listed[name+".gz"]
	return gz
}

// index reads one index by hash, and what it lists.
func (r *release) index(t tree, name, sha256, sha512 string, optional bool) error {
	by := path.Dir(name) + "/by-hash/"
	data, err := t.read(by + "SHA256/" + sha256)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s by hash: %w", name, err)
	}
	if digest.Of(data).String() != sha256 {
		return fmt.Errorf("%s has other bytes by hash", name)
	}
	r.indexes[name], r.paths[by+"SHA256/"+sha256] = sha256, sha256
	if sha512 != "" {
		r.paths[by+"SHA512/"+sha512] = sha256
		if err := t.has(by+"SHA512/"+sha512, sha256); err != nil {
			return err
		}
	}
	switch path.Base(name) {
	case "Packages":
		return r.list(t, data)
	case "Packages.gz":
		plain, err := gunzip(data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return r.list(t, plain)
	case "Index":
		return r.patches(t, path.Dir(name), data)
	}
	return nil
}

// list reads the packages that an index lists.
func (r *release) list(t tree, index []byte) error {
	scanner := deb822.NewScanner(bytes.NewReader(index), deb822.Options{})
	for scanner.Next() {
		s := scanner.Stanza()
		name, sum := string(s.Get("Filename")), string(s.Get("SHA256"))
		r.packages = append(r.packages, string(s.Get("Package"))+" "+string(s.Get("Version")))
		r.paths[name] = sum
		if err := t.has(name, sum); err != nil {
			return err
		}
	}
	return scanner.Err()
}

// patches reads the patches that lead to an index.
func (r *release) patches(t tree, directory string, index []byte) error {
	stanza, err := deb822.Parse(index)
	if err != nil {
		return fmt.Errorf("%s/Index: %w", directory, err)
	}
	downloads, err := sums(stanza, "SHA256-Download", deb822.SHA256)
	if err != nil {
		return fmt.Errorf("%s/Index: %w", directory, err)
	}
	for name, sum := range downloads {
		r.paths[directory+"/"+name] = sum
		if err := t.has(directory+"/"+name, sum); err != nil {
			return err
		}
	}
	return nil
}

// directory is a tree in a directory. It remembers the digest of each file while the
// file's metadata stay the same.
type directory struct {
	root string
	seen map[string]seen
}

// seen is a file as it was when it was hashed.
type seen struct {
	inode    uint64
	size     int64
	modified time.Time
	sha256   string
}

func newDirectory(root string) directory { return directory{root, map[string]seen{}} }

func (d directory) read(name string) ([]byte, error) { return os.ReadFile(filepath.Join(d.root, name)) }

func (d directory) has(name, sha256 string) error {
	info, err := os.Stat(filepath.Join(d.root, name))
	if err != nil {
		return err
	}
	now := seen{info.Sys().(*syscall.Stat_t).Ino, info.Size(), info.ModTime(), sha256}
	if d.seen[name] == now {
		return nil
	}
	data, err := d.read(name)
	if err != nil {
		return err
	}
	if digest.Of(data).String() != sha256 {
		return fmt.Errorf("%s has other bytes than are listed", name)
	}
	d.seen[name] = now
	return nil
}

// files lists every file below the root, as a path below it.
func (d directory) files() ([]string, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(d.root, func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			return err
		}
		relative, err := filepath.Rel(d.root, name)
		found[relative] = true
		return err
	})
	return slices.Sorted(maps.Keys(found)), err
}

// watch reads the releases of a directory over and over until stop is closed. It
// returns an error for the first incomplete release.
func (w *world) watch(stop <-chan struct{}) (readings int, err error) {
	d := newDirectory(w.prefix())
	whole := map[string]*release{}
	for {
		for _, distribution := range distributions {
			before := w.hours()
			r, err := next(d, distribution, whole[distribution])
			if err == nil {
				whole[distribution] = r
				if r != nil {
					readings++
				}
				continue
			}
			if err := w.judge(d, distribution, r, err, before); err != nil {
				return readings, err
			}
		}
		select {
		case <-stop:
			return readings, nil
		case <-time.After(pause):
		}
	}
}

// judge returns the error that a failed reading proves, if any. A client that read InRelease
// before the next one came finds its files as long as they have grace. Where the
// time was moved forward meanwhile there was none, and its reading does not count.
func (w *world) judge(t tree, distribution string, r *release, failed error, hours int64) error {
	again, _ := t.read("dists/" + distribution + "/InRelease") // it may be dropped
	superseded := r != nil && !bytes.Equal(r.inRelease, again)
	if superseded && w.hours() != hours {
		return nil
	}
	return fmt.Errorf("a reader of %s (another release has come meanwhile: %t): %w", distribution, superseded, failed)
}

// next reads a release. If the release is unchanged since last, it checks every file,
// but needs to read none.
func next(t tree, distribution string, last *release) (*release, error) {
	const inRelease = "/InRelease"
	if last != nil {
		text, err := t.read("dists/" + distribution + inRelease)
		if err == nil && bytes.Equal(text, last.inRelease) {
			delete(last.paths, "dists/"+distribution+inRelease) // which may be replaced any time
			return last, last.again(t)
		}
	}
	return look(t, distribution)
}

func (r *release) again(t tree) error {
	for name, sum := range r.paths {
		if err := t.has(name, sum); err != nil {
			return err
		}
	}
	return nil
}

// pause lets what is watched have the processor, too.
const pause = 2 * time.Millisecond
