package file

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/aptarium/aptarium/internal/blob"
)

// BenchmarkFlush puts 20,000 files of 4 KiB and makes them durable: with one
// wait for all of them, and with one for each. ext4 is slow to make files for
// some seconds after many were deleted, as the rounds do: read the difference.
func BenchmarkFlush(b *testing.B) {
	for name, wrap := range map[string]func(FS) FS{
		"group": nil,
		"each":  func(disk FS) FS { return noSyncAll{disk} },
	} {
		b.Run(name, func(b *testing.B) {
			const files, size = 20_000, 4096
			b.SetBytes(files * size)
			data := make([]byte, size)
			for round := uint32(0); b.Loop(); round++ {
				s, err := Open(b.TempDir(), Options{FS: wrap})
				if err != nil {
					b.Fatal(err)
				}
				for i := range uint32(files) {
					binary.LittleEndian.PutUint32(data, round)
					binary.LittleEndian.PutUint32(data[4:], i)
					if _, err := blob.PutBytes(b.Context(), s, data); err != nil {
						b.Fatal(err)
					}
				}
				if err := errors.Join(s.Flush(b.Context()), s.Close()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
