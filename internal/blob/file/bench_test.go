package file

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/blob/blobtest"
)

// BenchmarkFlush puts 20,000 blobs of 4 KiB and makes them durable: with two
// waits for all of them (syncfs), and with one for each (fsync). It tells the
// seconds of both steps. ext4 is slow to make files for half a minute after many
// were deleted, as every round does at its end: compare runs of one round each.
//
//	go test -run '^$' -bench Flush/group -benchtime 1x ./internal/blob/file
//	go test -run '^$' -bench Flush/each -benchtime 1x ./internal/blob/file
func BenchmarkFlush(b *testing.B) {
	for name, wrap := range map[string]func(FS) FS{
		"group": nil,
		"each":  func(disk FS) FS { return noSyncAll{disk} },
	} {
		b.Run(name, func(b *testing.B) {
			const files, size = 20_000, 4096
			b.SetBytes(files * size)
			data := make([]byte, size)
			var put, flush time.Duration
			for round := uint32(0); b.Loop(); round++ {
				s, err := Open(b.TempDir(), Options{FS: wrap})
				if err != nil {
					b.Fatal(err)
				}
				began := time.Now()
				for i := range uint32(files) {
					binary.LittleEndian.PutUint32(data, round)
					binary.LittleEndian.PutUint32(data[4:], i)
					if _, err := blobtest.PutBytes(b.Context(), s, data); err != nil {
						b.Fatal(err)
					}
				}
				put += time.Since(began)
				began = time.Now()
				if err := errors.Join(s.Flush(b.Context()), s.Close()); err != nil {
					b.Fatal(err)
				}
				flush += time.Since(began)
			}
			b.ReportMetric(put.Seconds()/float64(b.N), "put-s/op")
			b.ReportMetric(flush.Seconds()/float64(b.N), "flush-s/op")
		})
	}
}
