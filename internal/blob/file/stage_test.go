package file

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
)

// slowWrite is a store whose first write to a file waits until it is told to go
// on, and fails with what it is told.
func slowWrite(t *testing.T) (s *Store, begun chan struct{}, finish chan error) {
	t.Helper()
	begun, finish = make(chan struct{}), make(chan error)
	var writes atomic.Int64
	s = openAt(t, t.TempDir(), Options{FS: func(disk FS) FS {
		return haunted{disk, func(call string) error {
			if call != "write" || writes.Add(1) > 1 {
				return nil
			}
			close(begun)
			return <-finish
		}}
	}})
	return s, begun, finish
}

// TestWhatHappensWhileABlobIsWritten puts a blob, does something else with the
// same blob before its file is complete, and looks at what there is afterwards.
func TestWhatHappensWhileABlobIsWritten(t *testing.T) {
	t.Parallel()
	const data = "hello"
	ref := blobtest.RefOf(data)
	name := ref.SHA256.String()
	put := func(t *testing.T, s *Store) { blobtest.Put(t, s, data) }
	flush := func(t *testing.T, s *Store) { blobtest.Flush(t, s) }
	remove := func(t *testing.T, s *Store) {
		if err := s.Remove(t.Context(), ref.SHA256); err != nil {
			t.Fatal(err)
		}
	}
	for what, c := range map[string]struct {
		meanwhile []func(*testing.T, *Store)
		write     error  // how the first write ends
		left      string // the file that is there at the end
	}{
		"nothing":                    {nil, nil, "staged/committed/" + name},
		"nothing, and it fails":      {nil, syscall.EIO, ""},
		"put":                        {[]func(*testing.T, *Store){put}, nil, "staged/committed/" + name},
		"put, and it fails":          {[]func(*testing.T, *Store){put}, syscall.EIO, "staged/committed/" + name},
		"put and flushed":            {[]func(*testing.T, *Store){put, flush}, nil, "pool/2c/" + name},
		"put, flushed, and it fails": {[]func(*testing.T, *Store){put, flush}, syscall.EIO, "pool/2c/" + name},
		"flushed":                    {[]func(*testing.T, *Store){flush}, nil, "staged/committed/" + name},
		"removed":                    {[]func(*testing.T, *Store){remove}, nil, ""},
		"removed, and it fails":      {[]func(*testing.T, *Store){remove}, syscall.EIO, ""},
		"removed and put":            {[]func(*testing.T, *Store){remove, put}, nil, "staged/committed/" + name},
		"put and removed":            {[]func(*testing.T, *Store){put, remove}, nil, ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s, begun, finish := slowWrite(t)
			first := make(chan error)
			go func() {
				_, err := blobtest.PutBytes(t.Context(), s, []byte(data))
				first <- err
			}()
			<-begun
			blobtest.CheckLacks(t, s, data)
			for _, act := range c.meanwhile {
				act(t, s)
			}
			finish <- c.write
			if err := <-first; err != nil && !errors.Is(err, c.write) {
				t.Errorf("the first gets %v", err)
			}
			if c.left == "" {
				blobtest.CheckLacks(t, s, data)
				checkFiles(t, s.dir)
				return
			}
			blobtest.CheckHolds(t, s, data)
			checkFiles(t, s.dir, c.left)
		})
	}
}

func TestEverybodyMayReadABlobWhateverTheUmask(t *testing.T) {
	t.Parallel()
	const umask = 0o077 // the test's own is everybody's: the disk applies one in its place
	disk := func(disk FS) FS { return masking{disk, umask} }
	for _, held := range helds() {
		s := openAt(t, t.TempDir(), Options{Held: held, FS: disk})
		s.masked = true
		ref := blobtest.Put(t, s, "hello")
		info, err := os.Stat(s.committedPath(ref.SHA256))
		if err != nil || info.Mode() != blobMode {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
}

// masking is a disk with an umask.
type masking struct {
	FS
	umask fs.FileMode
}

func (m masking) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	return m.FS.OpenFile(name, flag, perm&^m.umask)
}

func TestABlobWrittenDuringAFailedSyncIsWrittenAgain(t *testing.T) {
	t.Parallel()
	s, begun, finish := slowWrite(t)
	first := make(chan error)
	go func() {
		_, err := blobtest.PutBytes(t.Context(), s, []byte("hello"))
		first <- err
	}()
	<-begun
	s.mu.Lock()
	s.failures++ // as a failed sync does
	s.mu.Unlock()
	finish <- nil
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	d := blobtest.RefOf("hello").SHA256
	if !s.isDoubtful(d) {
		t.Error("the blob counts as if its next sync could be trusted")
	}
	before := inode(t, s.committedPath(d))
	blobtest.Flush(t, s)
	if inode(t, s.poolPath(d)) == before {
		t.Error("the pool has the file that may have been lost")
	}
}

// TestLargeBlobsAreNotHeld goes to both sides of the limit, in writes of any size.
func TestLargeBlobsAreNotHeld(t *testing.T) {
	t.Parallel()
	const limit = 10
	for _, c := range []struct {
		size  int // of the blob
		piece int // of a write
		known bool
		files int // there are before the commit
	}{
		{limit, limit, true, 0}, {limit, 3, true, 0}, {limit, 3, false, 0},
		{limit + 1, 1, true, 1}, {limit + 1, limit + 1, false, 1}, {3 * limit, 7, false, 1},
	} {
		s := openAt(t, t.TempDir(), Options{Held: limit})
		data := strings.Repeat("x", c.size)
		expect := blob.Expect(blobtest.RefOf(data))
		if !c.known {
			expect = blob.Anything()
		}
		w, err := s.Writer(t.Context(), expect)
		if err != nil {
			t.Fatal(err)
		}
		for rest := data; rest != ""; rest = rest[min(c.piece, len(rest)):] {
			if _, err := io.WriteString(w, rest[:min(c.piece, len(rest))]); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(files(t, s.dir)); n != c.files {
			t.Errorf("%+v: %d files before the commit", c, n)
		}
		if ref, err := w.Commit(); err != nil || ref != blobtest.RefOf(data) {
			t.Errorf("%+v: %v, %v", c, ref, err)
		}
		blobtest.CheckHolds(t, s, data)
	}
}
