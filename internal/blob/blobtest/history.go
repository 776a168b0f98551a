package blobtest

import (
	"io"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
)

// history compares a store with the simplest one there is: a map.
func history(t *testing.T, s blob.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &machine{t: t, s: s, holds: map[string]bool{}}
		m.empty(rt)
		rt.Repeat(rapid.StateMachineActions(m))
	})
}

// machine makes any call at any time. Its exported methods are found by rapid.
type machine struct {
	t     *testing.T
	s     blob.Store
	holds map[string]bool
}

// contents are few, so that calls meet each other.
func contents() []string { return []string{"", "a", "bb", "ccc", "dddd"} }

func draw(rt *rapid.T) string { return rapid.SampledFrom(contents()).Draw(rt, "data") }

// empty removes what the run before left.
func (m *machine) empty(rt *rapid.T) {
	for ref, err := range m.s.Each(m.t.Context()) {
		if err != nil {
			rt.Fatal(err)
		}
		if err := m.s.Remove(m.t.Context(), ref.SHA256); err != nil {
			rt.Fatal(err)
		}
	}
}

// Put puts.
func (m *machine) Put(rt *rapid.T) {
	data := draw(rt)
	if _, err := PutBytes(m.t.Context(), m.s, []byte(data)); err != nil {
		rt.Fatal(err)
	}
	m.holds[data] = true
}

// PutWrong puts other bytes than it promised.
func (m *machine) PutWrong(rt *rapid.T) {
	w, err := m.s.Writer(m.t.Context(), blob.Expect(RefOf("something else")))
	if err != nil {
		rt.Fatal(err)
	}
	_, _ = io.WriteString(w, draw(rt)) // Commit returns this failure again
	if _, err := w.Commit(); !isMismatch(err) {
		rt.Fatalf("commit returns %v", err)
	}
}

// Download resumes and may stop after any byte.
func (m *machine) Download(rt *rapid.T) {
	data := draw(rt)
	w, err := m.s.Resume(m.t.Context(), blob.Expect(RefOf(data)))
	if m.holds[data] {
		if err == nil {
			w.Abort()
			rt.Fatalf("a stored blob is resumed")
		}
		return
	}
	if err != nil {
		rt.Fatal(err)
	}
	until := rapid.IntRange(int(w.Offset()), len(data)).Draw(rt, "until")
	if _, err := io.WriteString(w, data[w.Offset():until]); err != nil {
		rt.Fatal(err)
	}
	if until < len(data) {
		err = w.Suspend()
	} else {
		_, err = w.Commit()
		m.holds[data] = true
	}
	if err != nil {
		rt.Fatal(err)
	}
}

// Remove removes.
func (m *machine) Remove(rt *rapid.T) {
	data := draw(rt)
	if err := m.s.Remove(m.t.Context(), digest.Of([]byte(data))); err != nil {
		rt.Fatal(err)
	}
	delete(m.holds, data)
}

// Flush flushes now and then: it takes much longer than the other calls.
func (m *machine) Flush(rt *rapid.T) {
	if rapid.IntRange(0, 7).Draw(rt, "dice") > 0 {
		return
	}
	if err := m.s.Flush(m.t.Context()); err != nil {
		rt.Fatal(err)
	}
}

// Check is run after each call.
func (m *machine) Check(rt *rapid.T) {
	checkEach(m.t, m.s, slices.Collect(maps.Keys(m.holds))...)
	for _, data := range contents() {
		if m.holds[data] {
			CheckHolds(m.t, m.s, data)
		} else {
			CheckLacks(m.t, m.s, data)
		}
	}
	if m.t.Failed() {
		rt.Fatal("the store and the map differ")
	}
}
