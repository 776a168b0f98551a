package filesystem

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/endpoint/endpointtest"
)

const suite = 60_000 // packages, three to each source

// bigPool makes as many small blobs as a suite has packages, in files like those of a
// pool, and returns the stage that deploys them.
func bigPool(b *testing.B) (stage endpoint.Stage, blobs func(digest.SHA256) (string, bool)) {
	b.Helper()
	dir := b.TempDir()
	blobs = func(d digest.SHA256) (string, bool) {
		name := d.String()
		return filepath.Join(dir, name[:2], name), true
	}
	for i := range suite {
		source := i / 3
		f := endpointtest.File(fmt.Sprintf("pool/main/%c/source%d/binary%d_1.0-1_amd64.deb", 'a'+source%26, source, i), fmt.Sprint(i), endpointtest.Day(1))
		f.Whole = true
		stage = append(stage, f)
		name, _ := blobs(f.SHA256)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, fmt.Append(nil, i), 0o444); err != nil {
			b.Fatal(err)
		}
	}
	unix.Sync()
	return stage, blobs
}

// BenchmarkFirstDeploy links 60,000 packages in 20,000 directories. "bare" is
// what the system calls take alone, one after the other.
func BenchmarkFirstDeploy(b *testing.B) {
	stage, blobs := bigPool(b)
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			root := emptyRoot(b)
			for _, f := range stage {
				from, _ := blobs(f.SHA256)
				to := filepath.Join(root, f.Path)
				if os.Link(from, to) == nil {
					continue
				}
				if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
					b.Fatal(err)
				}
				if err := os.Link(from, to); err != nil {
					b.Fatal(err)
				}
			}
			unix.Sync()
		}
	})
	b.Run("deploy", func(b *testing.B) {
		for b.Loop() {
			p, err := New(Config{Root: emptyRoot(b), Blobs: blobs})
			if err != nil {
				b.Fatal(err)
			}
			endpointtest.Deploy(b, p, stage, endpoint.Stage{endpointtest.File("dists/x/InRelease", "signed", endpointtest.Day(1))})
		}
	})
	b.Run("again", func(b *testing.B) {
		p, err := New(Config{Root: emptyRoot(b), Blobs: blobs})
		if err != nil {
			b.Fatal(err)
		}
		endpointtest.Deploy(b, p, stage)
		for b.Loop() {
			endpointtest.Deploy(b, p, stage)
		}
	})
}

// emptyRoot makes a directory while the clock stands still, and lets the disk
// finish what was done before.
func emptyRoot(b *testing.B) string {
	b.Helper()
	b.StopTimer()
	dir := b.TempDir()
	unix.Sync()
	b.StartTimer()
	return dir
}

// BenchmarkChange deploys one package and nine small files of dists in a tree of
// 60,000, and the same with an index of 22 MB.
func BenchmarkChange(b *testing.B) {
	stage, blobs := bigPool(b)
	p, err := New(Config{Root: emptyRoot(b), Blobs: blobs})
	if err != nil {
		b.Fatal(err)
	}
	endpointtest.Deploy(b, p, stage)
	for _, size := range []int{10_000, 22_000_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			data := bytes.Repeat([]byte("x"), size)
			day := 1
			for b.Loop() {
				day++
				endpointtest.Deploy(b, p, change(stage[day], data, day)...)
			}
		})
	}
}

// change returns the stages of a small update: one package under a new name, an
// index in two formats with their by-hash names, and what signs them.
func change(added endpoint.File, data []byte, day int) []endpoint.Stage {
	at := endpointtest.Day(1).Add(time.Duration(day) * time.Second)
	added.Path = fmt.Sprintf("pool/main/n/new/new_%d_%d.deb", day, len(data))
	var indexes endpoint.Stage
	for _, format := range []string{"gz", "zst"} {
		data := data
		if format == "zst" {
			data = data[:len(data)/100] // report one size, not a mixture
		}
		hashed := endpoint.File{
			Path: fmt.Sprintf("dists/x/main/binary-amd64/by-hash/SHA256/%s%d", format, day), Size: int64(len(data)),
			SHA256: digest.Of([]byte(format)), Modified: at,
			Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
		}
		index := hashed
		index.Path, index.Like = "dists/x/main/binary-amd64/Packages."+format, hashed.Path
		indexes = append(indexes, hashed, index)
	}
	small := func(path string) endpoint.File { return endpointtest.File(path, fmt.Sprint("small", day), at) }
	return []endpoint.Stage{
		{added}, indexes,
		{small("dists/x/main/binary-amd64/Release"), small("dists/x/Release"), small("dists/x/Release.gpg"), small("dists/x/Contents")},
		{small("dists/x/InRelease")},
	}
}
