package publish

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
)

// benchContents are the sizes of Contents that are measured: 60,000 packages as
// Debian's main has them, with a sixth of its paths.
const (
	benchPackages = 60_000
	benchPaths    = 30
)

// contentsBench gives a house that publishes packages with their files, nothing
// yet.
func contentsBench(b *testing.B) *house {
	pool, err := file.Open(b.TempDir(), file.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { pool.Close() })
	c := catalog.New()
	h := &house{db: dbtest.New(b, catalog.Schema(), Schema()), catalog: c, store: New(c), pool: pool}
	h.builder = &Builder{Store: h.store, Pool: pool, TempDir: b.TempDir()}
	h.tx(b, func(ctx context.Context, tx *db.Tx) (err error) {
		h.repo, err = c.Create(ctx, tx, catalog.Collection{Kind: catalog.Repo, Name: "tools", Component: "main"})
		return err
	})
	h.place = h.publication(b, "debian", "stable", Options{Contents: ContentsByComponent})
	entries := many(benchPackages, "1")
	h.change(b, entries, nil)
	for first := 0; first < len(entries); first += 5000 {
		h.tx(b, func(ctx context.Context, tx *db.Tx) error {
			set, err := h.catalog.Intern(ctx, tx, catalog.Entries(entries[first:first+5000]))
			if err != nil {
				return err
			}
			list, err := h.catalog.Positions(ctx, tx, set)
			if err != nil {
				return err
			}
			lists := map[int64]catalog.FileList{}
			for _, l := range list {
				if lists[l.ID], err = catalog.PackFiles(benchFiles(l.Position.Name)); err != nil {
					return err
				}
			}
			return h.catalog.PutFileLists(ctx, tx, lists)
		})
	}
	return h
}

// benchFiles are what a package installs, of usual lengths.
func benchFiles(name string) (paths []string) {
	paths = append(paths, "usr/bin/"+name, "usr/share/doc/"+name+"/changelog.Debian.gz", "usr/share/doc/"+name+"/copyright")
	for i := len(paths); i < benchPaths; i++ {
		paths = append(paths, fmt.Sprintf("usr/lib/python3/dist-packages/%s/module%d/resources/file-%d.py", name, i%4, i*7919%1000))
	}
	return paths
}

func BenchmarkContentsFromNothing(b *testing.B) {
	h := contentsBench(b)
	plain := h.publication(b, "plain", "stable", Options{}) // makes Packages
	h.publish(b, plain)
	var peak uint64
	for b.Loop() {
		peak = max(peak, peakHeap(func() {
			if _, err := h.build(b, h.place, false); err != nil {
				b.Fatal(err)
			}
		}))
	}
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
	b.ReportMetric(float64(benchPackages*benchPaths), "lines")
}

// peakHeap gives the most memory that the heap had while fn ran.
func peakHeap(fn func()) uint64 {
	runtime.GC()
	var peak atomic.Uint64
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak.Store(max(peak.Load(), m.HeapInuse))
		select {
		case <-done:
			return peak.Load()
		case <-tick.C:
		}
	}
}

func BenchmarkContentsOfOneMorePackage(b *testing.B) {
	h := contentsBench(b)
	plain := h.publication(b, "plain", "stable", Options{})
	h.publish(b, plain)
	h.publish(b, h.place)
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		name := fmt.Sprintf("package-%05d-more", n*7919%benchPackages)
		h.changeFiles(b, []withFiles{install(entry(name, "1", "amd64", ""), benchFiles(name)...)}, nil)
		h.publish(b, plain)
		b.StartTimer()
		h.publish(b, h.place)
	}
}
