// Package blobtest is the specification of a [blob.Store] as tests. Each store
// runs all of it:
//
//	func TestStore(t *testing.T) {
//		blobtest.Run(t, func(t testing.TB) blob.Store { … })
//	}
package blobtest

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Opener returns an empty store that lives until the end of the test.
type Opener func(t testing.TB) blob.Store

// Run runs the specification, each part on a store of its own.
func Run(t *testing.T, open Opener) {
	parts := []struct {
		name string
		test func(*testing.T, blob.Store)
	}{
		{"what is put is read back", putAndRead},
		{"an unknown digest is not found", unknownDigest},
		{"other bytes than expected are refused", mismatches},
		{"an aborted blob leaves nothing", abort},
		{"a closed writer refuses everything", closedWriter},
		{"a reader that fails stores nothing", failingReader},
		{"many may put the same blob at once", sameBlobAtOnce},
		{"many may flush at once", flushAtOnce},
		{"a local file is taken, and stays", adopt},
		{"a local file with other bytes is refused", adoptWrong},
		{"an open blob survives flush and removal", openSurvives},
		{"removing is idempotent", remove},
		{"each blob is walked over once", each},
		{"a walk can be left early", eachBreak},
		{"a sound blob verifies", verify},
		{"any history of calls agrees with a map", history},
		{"condemned blobs go", condemned},
		{"whoever asks for a condemned blob saves it", touchSaves},
		{"who opened a condemned blob reads it to the end", readersOfGarbage},
		{"one collection at a time", oneTrial},
		{"nothing that is relied on is collected", collectUnderLoad},
		{"a partial is continued", resume},
		{"a partial of wrong bytes is dropped", resumeWrong},
		{"a partial that overran is dropped", resumeOverrun},
		{"a partial can be started anew", restart},
		{"an aborted partial is gone", abortPartial},
		{"a stored blob is not resumed", resumeStored},
		{"one writer at a time resumes a digest", resumeTogether},
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.test(t, open(t))
		})
	}
}

// Put stores data and fails the test if that fails.
func Put(t testing.TB, s blob.Store, data string) blob.Ref {
	t.Helper()
	ref, err := PutBytes(t.Context(), s, []byte(data))
	if err != nil {
		t.Fatalf("put %.20q: %v", data, err)
	}
	return ref
}

// RefOf is the reference that data has in every store.
func RefOf(data string) blob.Ref {
	return blob.Ref{SHA256: digest.Of([]byte(data)), Size: int64(len(data))}
}

// CheckHolds fails the test unless data is stored and reads back.
func CheckHolds(t testing.TB, s blob.Store, data string) {
	t.Helper()
	ref := RefOf(data)
	if size, err := s.Stat(t.Context(), ref.SHA256); err != nil || size != ref.Size {
		t.Errorf("Stat(%.20q) = %d, %v; want %d", data, size, err, ref.Size)
	}
	got, err := ReadAll(t.Context(), s, ref.SHA256, ref.Size)
	if err != nil || string(got) != data {
		t.Errorf("stored %.20q reads back as %.20q, %v", data, got, err)
	}
	room := make([]byte, ref.Size)
	if err := s.Load(t.Context(), ref.SHA256, room); err != nil || string(room) != data {
		t.Errorf("stored %.20q loads as %.20q, %v", data, room, err)
	}
	for _, wrong := range []int64{ref.Size + 1, ref.Size - 1} {
		if wrong >= 0 && s.Load(t.Context(), ref.SHA256, make([]byte, wrong)) == nil {
			t.Errorf("stored %.20q loads as %d bytes", data, wrong)
		}
	}
}

// CheckLacks fails the test unless data is unknown to the store.
func CheckLacks(t testing.TB, s blob.Store, data string) {
	t.Helper()
	d := digest.Of([]byte(data))
	if _, err := s.Stat(t.Context(), d); !isNotFound(err) {
		t.Errorf("Stat(%.20q) returns %v, want not found", data, err)
	}
	if b, err := s.Open(t.Context(), d); !isNotFound(err) {
		t.Errorf("Open(%.20q) returns %v, want not found", data, err)
		if err == nil {
			b.Close()
		}
	}
	if err := s.Load(t.Context(), d, make([]byte, len(data))); !isNotFound(err) {
		t.Errorf("Load(%.20q) returns %v, want not found", data, err)
	}
}

// Flush flushes and fails the test if that fails.
func Flush(t testing.TB, s blob.Store) {
	t.Helper()
	if err := s.Flush(t.Context()); err != nil {
		t.Fatalf("flush: %v", err)
	}
}

func isNotFound(err error) bool {
	return problem.Is(err, problem.NotFound) && errors.Is(err, fs.ErrNotExist)
}

func isMismatch(err error) bool {
	_, ok := errors.AsType[*blob.MismatchError](err)
	return ok && problem.Is(err, problem.Untrusted)
}
