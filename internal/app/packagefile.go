package app

import (
	"context"
	"fmt"
	"io"
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

// packageReader brings files into the pool and reads the packages in them.
type packageReader struct {
	app       *App
	component string // where the packages are listed
}

// maxList bounds a .dsc or .changes file, which is read whole.
const maxList = 16 << 20

// store puts a file into the pool, taking every sum on the way.
func (r packageReader) store(ctx context.Context, name string, body io.Reader) (catalog.File, error) {
	h := digest.NewHasher(digest.Kinds{MD5: true, SHA1: true, SHA512: true})
	ref, err := blob.Put(ctx, r.app.Pool, io.TeeReader(body, h), blob.Anything())
	if err != nil {
		return catalog.File{}, err
	}
	sums := h.Sums()
	return catalog.File{Name: name, Size: ref.Size, SHA256: ref.SHA256, MD5: sums.MD5, SHA1: sums.SHA1, SHA512: sums.SHA512}, nil
}

// list reads a stored file that lists others.
func (r packageReader) list(ctx context.Context, f catalog.File) ([]byte, error) {
	if f.Size > maxList {
		return nil, tooLong(f.Size)
	}
	b, err := r.app.Pool.Open(ctx, f.SHA256)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return io.ReadAll(b)
}

func tooLong(size int64) error {
	return problem.New(problem.TooLarge, "has %d bytes, more than %d", size, maxList)
}

// binary reads a package file's own control text.
func (r packageReader) binary(ctx context.Context, f catalog.File) (catalog.Entry, error) {
	b, err := r.app.Pool.Open(ctx, f.SHA256)
	if err != nil {
		return catalog.Entry{}, err
	}
	defer b.Close()
	d, err := debfile.Read(b, debfile.ReadOptions{})
	if err != nil {
		return catalog.Entry{}, err
	}
	return catalog.FromDeb(d.Control.Raw(), f, r.component)
}

// source reads the text of a .dsc file; find gives each file that it lists, checked.
func (r packageReader) source(dsc catalog.File, text []byte, find func(debfile.ListedFile) (catalog.File, error)) (catalog.Entry, error) {
	text, err := plain(text)
	if err != nil {
		return catalog.Entry{}, err
	}
	d, err := debfile.ReadDsc(text)
	if err != nil {
		return catalog.Entry{}, err
	}
	files := []catalog.File{dsc}
	for _, want := range d.Files {
		f, err := find(want)
		if err != nil {
			return catalog.Entry{}, err
		}
		files = append(files, f)
	}
	return catalog.FromDsc(text, files, r.component)
}

// earlier finds a part of a source that the pool has from an earlier upload, as an
// .orig.tar of the version before, or that a mirror left upstream, which is
// fetched then.
func (r packageReader) earlier(ctx context.Context, want debfile.ListedFile) (catalog.File, bool) {
	d, err := digest.Parse(want.SHA256)
	if err != nil {
		return catalog.File{}, false
	}
	b, err := r.app.onDemand.Open(ctx, d)
	if err != nil {
		return catalog.File{}, false
	}
	defer b.Close()
	if b.Size() != want.Size {
		return catalog.File{}, false
	}
	return catalog.File{Name: want.Name, Size: want.Size, SHA256: d, MD5: want.MD5, SHA1: want.SHA1}, true
}

// matches checks a file against the size and all sums of the list that names it.
// SHA-256 must be among them.
func matches(f catalog.File, want debfile.ListedFile) error {
	if f.Size != want.Size {
		return problem.New(problem.Untrusted, "size mismatch: %s is listed with %d bytes and has %d", want.Name, want.Size, f.Size)
	}
	if want.SHA256 == "" {
		return problem.New(problem.Untrusted, "%s is listed without its SHA-256", want.Name).WithHint("give the field Checksums-Sha256")
	}
	for _, sum := range []struct{ kind, want, got string }{
		{"MD5", want.MD5, f.MD5}, {"SHA1", want.SHA1, f.SHA1}, {"SHA256", want.SHA256, f.SHA256.String()},
	} {
		if sum.want != "" && !strings.EqualFold(sum.want, sum.got) {
			return problem.New(problem.Untrusted, "checksum mismatch %s: %s is listed with %s and has %s", sum.kind, want.Name, sum.want, sum.got)
		}
	}
	return nil
}

const signedHeader = "-----BEGIN PGP SIGNED MESSAGE-----"

// isSigned tells whether a text is clear-signed.
func isSigned(text []byte) bool {
	return strings.HasPrefix(string(text[:min(len(text), 40)]), signedHeader)
}

// plain takes a text out of its signature, if it has one.
func plain(text []byte) ([]byte, error) {
	if !isSigned(text) {
		return text, nil
	}
	return openpgp.Cleartext(text)
}

// interning writes packages to the catalog, many at a time. Packages that no
// revision lists do no harm, so this need not wait for the last one.
type interning struct {
	app     *App
	entries []catalog.Entry
	members bitset.Set
}

// internEvery is how many packages are held in memory before they are interned.
const internEvery = 1000

// add takes a package.
func (in *interning) add(ctx context.Context, e catalog.Entry) error {
	in.entries = append(in.entries, e)
	if len(in.entries) < internEvery {
		return nil
	}
	return in.flush(ctx)
}

// flush writes those that were taken; then members has all.
func (in *interning) flush(ctx context.Context) error {
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
