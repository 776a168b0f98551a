// Package intake takes files in: it brings their bytes into the pool, reads the
// packages in them, and decides what of them a collection lists.
//
// Every way in is the same pipeline; callers differ in where files come from and in
// the [Rule]. [Intake] has the steps for one file:
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
// A [Delivery] gathers arrivals from files that come one after the other.
//
// Members that no revision lists do no harm, and neither do blobs that nothing names:
// whoever uses the pipeline holds the pool from before the first step until the commit.
package intake

import (
	"context"
	"fmt"
	"io"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
)

// Intake is what the steps work with. It is safe for use by many goroutines.
type Intake struct {
	DB      *db.DB
	Catalog *catalog.Store
	Pool    blob.Store
	// Earlier opens what is in the pool, or can be fetched into it.
	Earlier interface {
		Open(ctx context.Context, d digest.SHA256) (blob.Blob, error)
	}
}

// Store puts a file into the pool and takes every sum on the way.
func (in *Intake) Store(ctx context.Context, name string, body io.Reader) (catalog.File, error) {
	h := digest.NewHasher(digest.Kinds{MD5: true, SHA1: true, SHA512: true})
	ref, err := blob.Put(ctx, in.Pool, io.TeeReader(body, h), blob.Anything())
	if err != nil {
		return catalog.File{}, err
	}
	sums := h.Sums()
	return catalog.File{Name: name, Size: ref.Size, SHA256: ref.SHA256, MD5: sums.MD5, SHA1: sums.SHA1, SHA512: sums.SHA512}, nil
}

// Adopt brings a file of another program's pool into ours, as [blob.Adopt] does. It is
// checked by its size, and by its SHA-256 if that is known; its other sums stay as they
// are told.
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
	if err != nil {
		return bitset.Set{}, fmt.Errorf("storing packages: %w", err)
	}
	return members, nil
}
