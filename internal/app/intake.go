package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// intake reads uploaded files into the pool and the catalog.
type intake struct {
	app       *App
	component string
	stored    map[string]catalog.File // every file, by its name
	lists     []list                  // .dsc and .changes, to be looked at when all files are here
	entries   []catalog.Entry         // not interned yet
	members   bitset.Set
}

// list is a text file that names other files.
type list struct {
	name string
	text []byte
}

// maxList bounds a .dsc or .changes file.
const maxList = 16 << 20

// internEvery is how many packages are held in memory before they are interned.
const internEvery = 1000

// take stores one file and reads what it is.
func (in *intake) take(ctx context.Context, f Upload) error {
	name := path.Base(f.Name)
	if err := catalog.CheckFileName(name); err != nil {
		return problem.New(problem.Invalid, "%w", err).In(f.Name)
	}
	if _, twice := in.stored[name]; twice {
		return problem.New(problem.Invalid, "the file is given twice").In(name)
	}
	stored, err := in.store(ctx, name, f.Body)
	if err != nil {
		return problem.New(kindOr(err, problem.Invalid), "%w", err).In(name)
	}
	in.stored[name] = stored
	switch path.Ext(name) {
	case ".deb", ".udeb", ".ddeb":
		if err := in.binary(ctx, stored); err != nil {
			return problem.New(kindOr(err, problem.Invalid), "%w", err).In(name)
		}
	case ".dsc", ".changes":
		if stored.Size > maxList {
			return problem.New(problem.TooLarge, "has %d bytes, more than %d", stored.Size, maxList).In(name)
		}
		text, err := in.read(ctx, stored)
		if err != nil {
			return err
		}
		in.lists = append(in.lists, list{name, text})
	}
	if len(in.entries) >= internEvery {
		return in.intern(ctx)
	}
	return nil
}

// kindOr gives the kind of an error that has one.
func kindOr(err error, kind problem.Kind) problem.Kind {
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		return p.Kind
	}
	return kind
}

// store puts a file into the pool, taking every sum on the way.
func (in *intake) store(ctx context.Context, name string, body io.Reader) (catalog.File, error) {
	h := digest.NewHasher(digest.Kinds{MD5: true, SHA1: true, SHA512: true})
	ref, err := blob.Put(ctx, in.app.Pool, io.TeeReader(body, h), blob.Anything())
	if err != nil {
		return catalog.File{}, err
	}
	sums := h.Sums()
	return catalog.File{Name: name, Size: ref.Size, SHA256: ref.SHA256, MD5: sums.MD5, SHA1: sums.SHA1, SHA512: sums.SHA512}, nil
}

func (in *intake) read(ctx context.Context, f catalog.File) ([]byte, error) {
	b, err := in.app.Pool.Open(ctx, f.SHA256)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return io.ReadAll(b)
}

// binary reads a package file's own control text.
func (in *intake) binary(ctx context.Context, f catalog.File) error {
	b, err := in.app.Pool.Open(ctx, f.SHA256)
	if err != nil {
		return err
	}
	defer b.Close()
	d, err := debfile.Read(b, debfile.ReadOptions{})
	if err != nil {
		return err
	}
	e, err := catalog.FromDeb(d.Control.Raw(), f, in.component)
	if err != nil {
		return err
	}
	in.entries = append(in.entries, e)
	return nil
}

// finish looks at the lists, when every file has come, and interns the rest.
func (in *intake) finish(ctx context.Context) error {
	used := map[string]bool{}
	for _, l := range in.lists {
		if strings.HasSuffix(l.name, ".changes") {
			if err := in.changes(l, used); err != nil {
				return problem.New(kindOr(err, problem.Invalid), "%w", err).In(l.name)
			}
		}
	}
	for _, l := range in.lists {
		if strings.HasSuffix(l.name, ".dsc") {
			if err := in.source(ctx, l, used); err != nil {
				return problem.New(kindOr(err, problem.Invalid), "%w", err).In(l.name)
			}
		}
	}
	for name := range in.stored {
		switch path.Ext(name) {
		case ".deb", ".udeb", ".ddeb", ".dsc", ".changes", ".buildinfo":
		default:
			if !used[name] {
				return problem.New(problem.Invalid, "is not a package, and no .dsc or .changes file lists it").In(name).
					WithHint("packages end in .deb, .udeb or .ddeb; sources come with their .dsc file")
			}
		}
	}
	return in.intern(ctx)
}

// plain takes a text out of its signature, if it has one.
func plain(text []byte) ([]byte, error) {
	if !strings.HasPrefix(string(text[:min(len(text), 40)]), "-----BEGIN PGP SIGNED MESSAGE-----") {
		return text, nil
	}
	return openpgp.Cleartext(text)
}

// changes checks that all that a .changes file lists has come as it says.
func (in *intake) changes(l list, used map[string]bool) error {
	text, err := plain(l.text)
	if err != nil {
		return err
	}
	c, err := debfile.ReadChanges(text)
	if err != nil {
		return err
	}
	for _, want := range c.Files {
		if _, err := in.match(want.Name, want.Size, want.SHA256); err != nil {
			return err
		}
		used[want.Name] = true
	}
	return nil
}

// match finds a listed file among those that came, and checks it.
func (in *intake) match(name string, size int64, sha256 string) (catalog.File, error) {
	f, here := in.stored[name]
	if !here {
		return f, problem.New(problem.Invalid, "lists %s, which did not come along", name).WithHint("add it in the same call")
	}
	if f.Size != size || !strings.EqualFold(f.SHA256.String(), sha256) {
		return f, problem.New(problem.Untrusted, "lists %s with %d bytes and SHA-256 %s, but the file has %d and %s", name, size, sha256, f.Size, f.SHA256)
	}
	return f, nil
}

// source reads a .dsc file. Its parts came along, or are in the pool from an
// earlier upload, as an .orig.tar of the version before.
func (in *intake) source(ctx context.Context, l list, used map[string]bool) error {
	text, err := plain(l.text)
	if err != nil {
		return err
	}
	d, err := debfile.ReadDsc(text)
	if err != nil {
		return err
	}
	files := []catalog.File{in.stored[l.name]}
	for _, want := range d.Files {
		used[want.Name] = true
		f, err := in.match(want.Name, want.Size, want.SHA256)
		if _, here := in.stored[want.Name]; err != nil && !here {
			f, err = in.earlier(ctx, want, err)
		}
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	e, err := catalog.FromDsc(text, files, in.component)
	if err != nil {
		return err
	}
	in.entries = append(in.entries, e)
	return nil
}

// earlier finds a part of a source that the pool has.
func (in *intake) earlier(ctx context.Context, want debfile.ListedFile, missing error) (catalog.File, error) {
	d, err := digest.Parse(want.SHA256)
	if err != nil {
		return catalog.File{}, missing
	}
	if size, err := in.app.Pool.Stat(ctx, d); err != nil || size != want.Size {
		return catalog.File{}, missing
	}
	return catalog.File{Name: want.Name, Size: want.Size, SHA256: d, MD5: want.MD5, SHA1: want.SHA1}, nil
}

// intern writes what was read so far to the catalog. Packages that no revision
// lists do no harm, so this need not wait for the last file.
func (in *intake) intern(ctx context.Context) error {
	if len(in.entries) == 0 {
		return nil
	}
	err := in.app.DB.Tx(ctx, func(tx *db.Tx) error {
		set, err := in.app.catalog.Intern(ctx, tx, catalog.Entries(in.entries))
		if err != nil {
			return err
		}
		tx.AfterCommit(func() { in.members = in.members.Union(set) })
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing packages: %w", err)
	}
	in.entries = slices.Delete(in.entries, 0, len(in.entries))
	return nil
}
