// Package intake accepts files: it copies their bytes into the pool, reads their packages, and
// decides which of them a collection lists.
//
// Every upload, import and copy uses the same pipeline; callers differ in the source of files and
// in the [Rule]. [Intake] has the steps for one file:
//
//	f, err := in.Store(ctx, "hello_1_amd64.deb", body)   // bytes and sums
//	e, err := in.Package(ctx, f, "main", nil)            // what it is
//
// [Arrivals] are the packages of one change:
//
//	arrivals := in.Arrivals(intake.Rule{Replace: true})
//	err = arrivals.Take(ctx, names, source)              // many files, several at a time
//	err = arrivals.Ready(ctx)                            // interned, and their bytes durable
//	…in the transaction that makes the revision…
//	s, err := arrivals.Settle(ctx, tx, collection)       // who wins, of those with one identity
//	…Append(ctx, tx, collection, s.Added, s.Removed, …)
//
// A [Delivery] collects arrivals from files that are sent one after the other.
//
// Unlisted members and unused blobs do no harm. Callers hold the pool from before the first step
// until the commit.
package intake

import (
	"context"
	"io"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Intake has the stores that the steps use. It is safe for concurrent use.
type Intake struct {
	DB      *db.DB
	Catalog *catalog.Store
	Pool    blob.Store
	// Earlier opens blobs that are in the pool or can be downloaded into it.
	Earlier interface {
		Open(ctx context.Context, d digest.SHA256) (blob.Blob, error)
	}
}

// Store writes a file to the pool and returns it with all sums.
func (in *Intake) Store(ctx context.Context, name string, body io.Reader) (catalog.File, error) {
	h := digest.NewHasher(digest.Kinds{MD5: true, SHA1: true, SHA512: true})
	ref, err := blob.Put(ctx, in.Pool, io.TeeReader(body, h), blob.Anything())
	if err != nil {
		return catalog.File{}, err
	}
	sums := h.Sums()
	return catalog.File{Name: name, Size: ref.Size, SHA256: ref.SHA256, MD5: sums.MD5, SHA1: sums.SHA1, SHA512: sums.SHA512}, nil
}

// Adopt moves a file of another program's pool into ours, as [blob.Adopt] does. It checks the size,
// and the SHA-256 if known; it does not check the other sums.
func (in *Intake) Adopt(ctx context.Context, where string, f catalog.File) (catalog.File, error) {
	if err := catalog.CheckFileName(f.Name); err != nil {
		return f, err
	}
	ref, err := blob.Adopt(ctx, in.Pool, where, blob.Expect{SHA256: f.SHA256, Size: f.Size})
	f.SHA256, f.Size = ref.SHA256, ref.Size
	return f, err
}

// Intern writes packages to the catalog and returns their members.
func (in *Intake) Intern(ctx context.Context, entries []catalog.Entry) (members bitset.Set, err error) {
	err = in.DB.Tx(ctx, func(tx *db.Tx) error {
		members, err = in.Catalog.Intern(ctx, tx, catalog.Entries(entries))
		return err
	})
	return members, problem.While(err, "storing packages")
}
