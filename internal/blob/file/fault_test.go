package file

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

const (
	early = "put before the first flush"
	late  = "put after it"
	piece = "came in two pieces"
)

// live is a short life of a pool that uses every part of it. flushed is told
// what must survive from then on.
func live(ctx context.Context, s *Store, flushed func(...string)) error {
	_, err := blobtest.PutBytes(ctx, s, []byte(early))
	if err != nil {
		return err
	}
	if _, err := blob.Put(ctx, s, strings.NewReader("refused"), blob.Expect{Size: 100}); !problem.Is(err, problem.Untrusted) {
		return err
	}
	if err := livePartial(ctx, s, piece[:4], blob.ResumableWriter.Suspend); err != nil {
		return err
	}
	if err := s.Flush(ctx); err != nil {
		return err
	}
	flushed(early)
	if _, err = blobtest.PutBytes(ctx, s, []byte(late)); err != nil {
		return err
	}
	err = livePartial(ctx, s, piece[4:], func(w blob.ResumableWriter) error { _, err := w.Commit(); return err })
	if err != nil {
		return err
	}
	if err := s.Flush(ctx); err != nil {
		return err
	}
	flushed(early, late, piece)
	return nil
}

// livePartial writes to the partial of piece, from wherever it stands to the
// end of part, and ends with end.
func livePartial(ctx context.Context, s *Store, part string, end func(blob.ResumableWriter) error) error {
	w, err := s.Resume(ctx, blob.Expect(blobtest.RefOf(piece)))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer w.Suspend()
	until := strings.Index(piece, part) + len(part)
	if int(w.Offset()) < until {
		if _, err := io.WriteString(w, piece[w.Offset():until]); err != nil {
			return err
		}
	}
	return end(w)
}

// checkSound fails the test if s shows anything that is not what it should be.
func checkSound(t *testing.T, s *Store) {
	t.Helper()
	for ref, err := range s.Each(t.Context()) {
		if err != nil {
			t.Fatalf("each: %v", err)
		}
		if err := blob.Verify(t.Context(), s, ref.SHA256); err != nil {
			t.Errorf("verify: %v", err)
		}
	}
}

// TestAnyCallMayFail lets each change of the disk fail in turn, once or from
// then on, and then looks whether the pool is sound and works again.
func TestAnyCallMayFail(t *testing.T) {
	t.Parallel()
	changes := []string{"open", "write", "rename", "remove", "chmod", "close", "mkdir"}
	for name, c := range map[string]struct {
		with    error
		count   int
		syncAll bool
		fail    []string // each of these calls failed at some time
	}{
		"full for a moment":      {syscall.ENOSPC, 1, true, append(changes, "sync all")},
		"full for good":          {syscall.ENOSPC, forever, true, append(changes, "sync all")},
		"over quota":             {syscall.EDQUOT, 1, true, append(changes, "sync all")},
		"broken for a moment":    {syscall.EIO, 1, true, append(changes, "sync all", "read")},
		"broken for good":        {syscall.EIO, forever, true, append(changes, "sync all", "read")},
		"short":                  {testkit.ErrShort, 1, true, []string{"write"}},
		"without syncfs, full":   {syscall.ENOSPC, 1, false, append(changes, "sync")},
		"without syncfs, broken": {syscall.EIO, 1, false, append(changes, "sync", "read")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failed := map[string]bool{}
			for _, held := range helds() {
				for first, came := 1, true; came; first++ {
					f := &trouble{first: first, count: c.count, with: c.with}
					came = failAt(t, f, c.syncAll, held)
					failed[f.hit] = true
				}
			}
			for _, call := range c.fail {
				if !failed[call] {
					t.Errorf("no %s ever failed", call)
				}
			}
		})
	}
}

const forever = 1000

// helds are for stores that hold small blobs in memory, and that hold nothing.
func helds() []int { return []int{0, -1} }

// failAt runs one life with trouble and one without. It reports whether the
// trouble came before the first life was over.
func failAt(t *testing.T, f *trouble, syncAll bool, held int) (came bool) {
	t.Helper()
	dir := t.TempDir()
	options := Options{Held: held, FS: func(disk FS) FS {
		if syncAll {
			return haunted{disk, f.may}
		}
		return noSyncAll{haunted{disk, f.may}}
	}}
	var flushed []string
	note := func(data ...string) { flushed = data }
	s, err := Open(dir, options)
	if err == nil {
		err = live(t.Context(), s, note)
	}
	came = f.heal()
	if err != nil {
		checkTold(t, f, err, dir)
	}
	if s == nil {
		s = openAt(t, dir, options)
	}
	checkSurvived(t, s, flushed)
	if err := live(t.Context(), s, note); err != nil {
		t.Errorf("after %s (call %d) failed: the next life fails with %v", f.hit, f.first, err)
	}
	closeStore(t, s)
	s = openAt(t, dir, Options{})
	checkSurvived(t, s, []string{early, late, piece})
	closeStore(t, s)
	checkFiles(t, dir, pooled(early, late, piece)...)
	return came
}

// checkSurvived wants a sound pool that holds at least data.
func checkSurvived(t *testing.T, s *Store, data []string) {
	t.Helper()
	checkSound(t, s)
	for _, d := range data {
		blobtest.CheckHolds(t, s, d)
	}
}

// pooled are the names of the files that hold data when all is flushed.
func pooled(data ...string) (names []string) {
	for _, d := range data {
		name := blobtest.RefOf(d).SHA256.String()
		names = append(names, "pool/"+name[:2]+"/"+name)
	}
	slices.Sort(names)
	return names
}

// checkTold wants the error that was injected, and a remedy for a full disk.
func checkTold(t *testing.T, f *trouble, err error, dir string) {
	t.Helper()
	want := f.with
	if errors.Is(want, testkit.ErrShort) {
		want = io.ErrShortWrite
	}
	if !errors.Is(err, want) || f.full() != problem.Is(err, problem.Full) || f.full() && !strings.Contains(err.Error(), dir) {
		t.Errorf("after %s (call %d) failed with %v: told %v", f.hit, f.first, f.with, err)
	}
}

func TestBlobsOfAFailedSyncAreWrittenAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := &trouble{with: syscall.EIO}
	s := openAt(t, dir, Options{Held: 5, FS: func(disk FS) FS { return haunted{disk, f.may} }})
	ref := blobtest.Put(t, s, "hello")
	before := inode(t, s.committedPath(ref.SHA256))
	open, err := s.Writer(t.Context(), blob.Anything()) // bytes written now may be lost as well
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(open, "half written"); err != nil {
		t.Fatal(err)
	}
	f.first, f.count = f.calls+1, 1
	if err := s.Flush(t.Context()); !errors.Is(err, syscall.EIO) {
		t.Fatalf("flush gives %v", err)
	}
	if _, err := open.Commit(); err != nil {
		t.Fatal(err)
	}
	half := inode(t, s.committedPath(blobtest.RefOf("half written").SHA256))
	blobtest.Flush(t, s)
	blobtest.CheckHolds(t, s, "hello")
	blobtest.CheckHolds(t, s, "half written")
	if inode(t, s.poolPath(ref.SHA256)) == before {
		t.Error("the pool has the file that failed to be synced")
	}
	if inode(t, s.poolPath(blobtest.RefOf("half written").SHA256)) == half {
		t.Error("the pool has a file that was half written when the sync failed")
	}
}

func TestBlobsLostByTheDiskAreMissed(t *testing.T) {
	t.Parallel()
	for name, mend := range map[string]func(*testing.T, *Store){
		"until they are put again": func(t *testing.T, s *Store) { blobtest.Put(t, s, "hello") },
		"until they are removed": func(t *testing.T, s *Store) {
			if err := s.Remove(t.Context(), digest.Of([]byte("hello"))); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &trouble{with: syscall.EIO}
			s := openAt(t, t.TempDir(), Options{FS: func(disk FS) FS { return haunted{disk, f.may} }})
			ref := blobtest.Put(t, s, "hello")
			f.first, f.count = f.calls+1, 1
			if err := s.Flush(t.Context()); err == nil {
				t.Fatal("flush did not fail")
			}
			overwrite(t, s.committedPath(ref.SHA256), "\x00\x00\x00\x00\x00")
			for range 2 {
				if err := s.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), ref.SHA256.String()) {
					t.Errorf("flush gives %v", err)
				}
			}
			blobtest.CheckLacks(t, s, "hello")
			mend(t, s)
			blobtest.Flush(t, s)
		})
	}
}

func TestAFailedSyncOfThePoolIsMadeUpFor(t *testing.T) {
	t.Parallel()
	f := &trouble{with: syscall.EIO}
	s := openAt(t, t.TempDir(), Options{FS: func(disk FS) FS { return haunted{disk, f.may} }})
	blobtest.Put(t, s, "hello")
	f.first, f.count = f.calls+4, 1 // after sync all, mkdir and rename
	if err := s.Flush(t.Context()); !errors.Is(err, syscall.EIO) || f.hit != "sync all" {
		t.Fatalf("%s failed, flush gives %v", f.hit, err)
	}
	calls := f.calls
	blobtest.Flush(t, s)
	if f.calls == calls {
		t.Error("the next flush had nothing to do")
	}
	calls = f.calls
	blobtest.Flush(t, s)
	if f.calls != calls {
		t.Error("and the one after that had")
	}
}

func TestPoolOnAnotherFileSystem(t *testing.T) {
	t.Parallel()
	for _, held := range helds() {
		dir := t.TempDir()
		s := openAt(t, dir, Options{Held: held, FS: func(disk FS) FS {
			return haunted{disk, func(call string) error {
				if call == "rename" {
					return syscall.EXDEV
				}
				return nil
			}}
		}})
		ref, err := blobtest.PutBytes(t.Context(), s, []byte("hello"))
		if err == nil { // it was written where it stands
			err = errors.Join(s.Flush(t.Context()), s.Remove(t.Context(), ref.SHA256))
		}
		if !errors.Is(err, syscall.EXDEV) {
			t.Errorf("got %v", err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "staged", "*", "*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
