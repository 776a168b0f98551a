package mirror

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// compare reads the indexes and finds which files are to be downloaded. What the
// collection lists now has its files in the pool.
func (p *Plan) compare(ctx context.Context, d *db.DB, progress Progress) error {
	var have bitset.Set
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		have, err = p.syncer.Catalog.Set(ctx, tx, p.mirror.Collection.View())
		return err
	})
	if err != nil {
		return err
	}
	planned := map[digest.SHA256]bool{}
	batch := make([]entry, 0, compareBatch)
	flush := func() error {
		defer func() { batch = batch[:0] }()
		return p.compareBatch(ctx, d, have, planned, batch)
	}
	reading := p.syncer.newReading(p.mirror.Config)
	for e, err := range reading.entries(ctx, p.indexes) {
		if err != nil {
			return err
		}
		p.Packages++
		if batch = append(batch, e); len(batch) == compareBatch {
			progress("compare", int64(p.Packages), 0, 0, 0)
			if err := flush(); err != nil {
				return err
			}
		}
	}
	p.duplicates, p.firstFew = reading.duplicates, reading.firstFew
	return flush()
}

// download is a file that is to be fetched: there may be hundreds of thousands.
type download struct {
	path string // below the archive's root
	ref  blob.Ref
}

// compareBatch is how many packages are compared at a time.
const compareBatch = 500

// compareBatch plans the downloads of some packages.
func (p *Plan) compareBatch(ctx context.Context, d *db.DB, have bitset.Set, planned map[digest.SHA256]bool, batch []entry) error {
	keys := make([]digest.SHA256, len(batch))
	for i := range batch {
		keys[i] = batch[i].Key()
	}
	var listed map[digest.SHA256]bool
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		listed, err = p.syncer.Catalog.Listed(ctx, tx, keys, have)
		return err
	})
	if err != nil {
		return err
	}
	for i, e := range batch {
		if listed[keys[i]] {
			continue
		}
		for n, f := range e.Files {
			if planned[f.SHA256] {
				continue
			}
			planned[f.SHA256] = true
			if _, err := p.syncer.Pool.Stat(ctx, f.SHA256); err == nil {
				continue
			} else if !problem.Is(err, problem.NotFound) {
				return fmt.Errorf("looking into the pool: %w", err)
			}
			p.Download++
			p.Bytes += f.Size
			p.downloads = append(p.downloads, download{e.remote[n], blob.Ref{SHA256: f.SHA256, Size: f.Size}})
		}
	}
	return nil
}
