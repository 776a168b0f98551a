package blobtest

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
)

func putAndRead(t *testing.T, s blob.Store) {
	large := string(bytes.Repeat([]byte("0123456789abcdef"), 20_000))
	for _, data := range []string{"", "x", "hello", large} {
		if ref := Put(t, s, data); ref != RefOf(data) {
			t.Errorf("put %.20q returns %v", data, ref)
		}
		CheckHolds(t, s, data)
	}
	Flush(t, s)
	for _, data := range []string{"", "x", "hello", large} {
		CheckHolds(t, s, data)
		b, err := s.Open(t.Context(), digest.Of([]byte(data)))
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if b.Size() != int64(len(data)) {
			t.Errorf("size of %.20q is %d", data, b.Size())
		}
		if err := iotest.TestReader(b, []byte(data)); err != nil {
			t.Errorf("reading %.20q: %v", data, err)
		}
	}
}

func unknownDigest(t *testing.T, s blob.Store) {
	CheckLacks(t, s, "never put")
	if err := blob.Verify(t.Context(), s, digest.Of([]byte("never put"))); !isNotFound(err) {
		t.Errorf("Verify returns %v, want not found", err)
	}
}

func mismatches(t *testing.T, s blob.Store) {
	d := digest.Of([]byte("hello"))
	for name, c := range map[string]struct {
		write  string
		expect blob.Expect
	}{
		"other digest":            {"jello", blob.Expect{SHA256: d, Size: -1}},
		"other digest, same size": {"jello", blob.Expect{SHA256: d, Size: 5}},
		"shorter":                 {"hell", blob.Expect{Size: 5}},
		"longer":                  {"hello!", blob.Expect{Size: 5}},
		"shorter, with digest":    {"hell", blob.Expect{SHA256: d, Size: 5}},
		"something, not nothing":  {"h", blob.Expect{Size: 0}},
		"nothing, not something":  {"", blob.Expect{Size: 5}},
	} {
		w, err := s.Writer(t.Context(), c.expect)
		if err != nil {
			t.Fatal(err)
		}
		n, writeErr := io.WriteString(w, c.write)
		if overrun := c.expect.Size >= 0 && int64(len(c.write)) > c.expect.Size; overrun != isMismatch(writeErr) || overrun != (n < len(c.write)) {
			t.Errorf("%s: write returns %d, %v", name, n, writeErr)
		}
		if _, err := w.Commit(); !isMismatch(err) {
			t.Errorf("%s: commit returns %v, want a mismatch", name, err)
		}
		CheckLacks(t, s, c.write)
		CheckLacks(t, s, "hello")
	}
}

func abort(t *testing.T, s blob.Store) {
	w, err := s.Writer(t.Context(), blob.Anything())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "given up"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Abort(); err != nil {
			t.Errorf("abort: %v", err)
		}
	}
	CheckLacks(t, s, "given up")
}

func closedWriter(t *testing.T, s blob.Store) {
	committed, err := s.Writer(t.Context(), blob.Anything())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := committed.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := committed.Abort(); err != nil {
		t.Errorf("abort after commit: %v", err)
	}
	CheckHolds(t, s, "")
	aborted, err := s.Writer(t.Context(), blob.Anything())
	if err != nil {
		t.Fatal(err)
	}
	if err := aborted.Abort(); err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]blob.Writer{"committed": committed, "aborted": aborted} {
		if _, err := io.WriteString(w, "more"); err == nil {
			t.Errorf("a writer that is %s takes more", name)
		}
		if _, err := w.Commit(); err == nil {
			t.Errorf("a writer that is %s commits", name)
		}
	}
}

func failingReader(t *testing.T, s blob.Store) {
	broken := errors.New("the source broke")
	from := io.MultiReader(bytes.NewReader([]byte("half")), iotest.ErrReader(broken))
	if _, err := blob.Put(t.Context(), s, from, blob.Anything()); !errors.Is(err, broken) {
		t.Errorf("put returns %v, want %v", err, broken)
	}
	CheckLacks(t, s, "half")
}

func sameBlobAtOnce(t *testing.T, s blob.Store) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := PutBytes(t.Context(), s, []byte("popular")); err != nil {
				t.Errorf("put: %v", err)
			}
			if err := s.Flush(t.Context()); err != nil {
				t.Errorf("flush: %v", err)
			}
			CheckHolds(t, s, "popular")
		})
	}
	wg.Wait()
	checkEach(t, s, "popular")
}

func flushAtOnce(t *testing.T, s blob.Store) {
	var wg sync.WaitGroup
	var all []string
	for i := range 8 {
		data := string(rune('a' + i))
		all = append(all, data)
		wg.Go(func() {
			if _, err := PutBytes(t.Context(), s, []byte(data)); err != nil {
				t.Errorf("put: %v", err)
			}
			if err := s.Flush(t.Context()); err != nil {
				t.Errorf("flush: %v", err)
			}
		})
	}
	wg.Wait()
	checkEach(t, s, all...)
}

func openSurvives(t *testing.T, s blob.Store) {
	ref := Put(t, s, "still here")
	b, err := s.Open(t.Context(), ref.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	Flush(t, s)
	if err := s.Remove(t.Context(), ref.SHA256); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(b); err != nil || string(got) != "still here" {
		t.Errorf("an open blob reads as %q, %v after its removal", got, err)
	}
}

func remove(t *testing.T, s blob.Store) {
	for _, flushed := range []bool{false, true} {
		ref := Put(t, s, "unwanted")
		if flushed {
			Flush(t, s)
		}
		for range 2 {
			if err := s.Remove(t.Context(), ref.SHA256); err != nil {
				t.Errorf("remove: %v", err)
			}
			CheckLacks(t, s, "unwanted")
		}
		Flush(t, s)
		CheckLacks(t, s, "unwanted")
	}
}

func each(t *testing.T, s blob.Store) {
	checkEach(t, s)
	Put(t, s, "flushed")
	Put(t, s, "flushed too")
	Flush(t, s)
	Put(t, s, "fresh")
	Put(t, s, "flushed")
	checkEach(t, s, "flushed", "flushed too", "fresh")
}

func checkEach(t testing.TB, s blob.Store, want ...string) {
	t.Helper()
	wanted := map[digest.SHA256]int64{}
	for _, data := range want {
		wanted[RefOf(data).SHA256] = RefOf(data).Size
	}
	got := map[digest.SHA256]int64{}
	for ref, err := range s.Each(t.Context()) {
		if err != nil {
			t.Fatalf("each: %v", err)
		}
		if _, twice := got[ref.SHA256]; twice {
			t.Errorf("blob %s is given twice", ref.SHA256)
		}
		got[ref.SHA256] = ref.Size
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("blobs in the store (-want +got):\n%s", diff)
	}
}

func eachBreak(t *testing.T, s blob.Store) {
	Put(t, s, "one")
	Put(t, s, "two")
	Flush(t, s)
	Put(t, s, "three")
	Put(t, s, "four")
	for stop := range 4 {
		seen := 0
		for _, err := range s.Each(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if seen++; seen > stop {
				break
			}
		}
		if seen != stop+1 {
			t.Errorf("a walk left after %d went on to %d", stop+1, seen)
		}
	}
}

func verify(t *testing.T, s blob.Store) {
	ref := Put(t, s, "sound")
	if err := blob.Verify(t.Context(), s, ref.SHA256); err != nil {
		t.Errorf("before the flush: %v", err)
	}
	Flush(t, s)
	if err := blob.Verify(t.Context(), s, ref.SHA256); err != nil {
		t.Errorf("after the flush: %v", err)
	}
}
