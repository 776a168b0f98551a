package compress_test

import (
	"bytes"
	"io"
	"os/exec"
	"slices"
	"testing"

	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/testkit"
)

// chunk is about the size that a publication compresses at a time: 128 stanzas.
const chunk = 100 << 10

// realPackages returns the beginning of a real Packages index.
func realPackages(tb testing.TB, size int) []byte {
	tb.Helper()
	text, err := testkit.Packages(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return text[:size]
}

// inMembers compresses a text chunk by chunk.
func inMembers(tb testing.TB, dst, text []byte, f compress.Format) []byte {
	tb.Helper()
	for len(text) > 0 {
		n := min(chunk, len(text))
		var err error
		if dst, err = compress.AppendMember(dst, text[:n], f); err != nil {
			tb.Fatal(err)
		}
		text = text[n:]
	}
	return dst
}

func TestAnIndexInMembersIsAboutAsSmallAsOneOfGzip(t *testing.T) {
	t.Parallel()
	text := realPackages(t, 4<<20)
	cmd := exec.Command("gzip", "-6", "-n")
	cmd.Stdin = bytes.NewReader(text)
	reference, err := cmd.Output()
	if err != nil {
		t.Fatalf("gzip (of the Debian package gzip): %v", err)
	}
	for _, f := range []compress.Format{compress.Gzip, compress.Zstd} {
		if got := inMembers(t, nil, text, f); len(got) > len(reference)*115/100 {
			t.Errorf("%s: %d bytes, gzip -6 has %d", f, len(got), len(reference))
		}
	}
}

func BenchmarkAppendMember(b *testing.B) {
	text := realPackages(b, 16<<20)
	for _, f := range []compress.Format{compress.Gzip, compress.Zstd} {
		b.Run(string(f), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			var out []byte
			for b.Loop() {
				out = inMembers(b, out[:0], text, f)
			}
			b.ReportMetric(float64(len(text))/float64(len(out)), "x")
		})
	}
}

func BenchmarkAppendXZBlock(b *testing.B) {
	text := realPackages(b, 4<<20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var size int
	for b.Loop() {
		size = 0
		for part := range slices.Chunk(text, chunk) {
			block, _, err := compress.AppendXZBlock(nil, part)
			if err != nil {
				b.Fatal(err)
			}
			size += len(block)
		}
	}
	b.ReportMetric(float64(len(text))/float64(size), "x")
}

func BenchmarkNewReader(b *testing.B) {
	text := realPackages(b, 16<<20)
	for f, program := range map[compress.Format]string{
		compress.Gzip: "gzip", compress.XZ: "xz", compress.Zstd: "zstd", compress.Bzip2: "bzip2", compress.LZ4: "lz4",
	} {
		b.Run(string(f), func(b *testing.B) {
			cmd := exec.Command(program, "-c")
			cmd.Stdin = bytes.NewReader(text)
			data, err := cmd.Output()
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := compress.NewReader(bytes.NewReader(data), f, compress.Limits{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
				r.Close()
			}
		})
	}
}
