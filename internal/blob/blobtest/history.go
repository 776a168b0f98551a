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
	contents := []string{"", "a", "bb", "ccc", "dddd"}
	rapid.Check(t, func(rt *rapid.T) {
		for ref, err := range s.Each(t.Context()) {
			if err != nil {
				rt.Fatal(err)
			}
			if err := s.Remove(t.Context(), ref.SHA256); err != nil {
				rt.Fatal(err)
			}
		}
		model := map[string]bool{}
		one := rapid.SampledFrom(contents)
		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				data := one.Draw(rt, "data")
				if _, err := blob.PutBytes(t.Context(), s, []byte(data)); err != nil {
					rt.Fatal(err)
				}
				model[data] = true
			},
			"put wrong": func(rt *rapid.T) {
				data := one.Draw(rt, "data")
				w, err := s.Writer(t.Context(), blob.Expect(RefOf("something else")))
				if err != nil {
					rt.Fatal(err)
				}
				_, _ = io.WriteString(w, data)
				if _, err := w.Commit(); !isMismatch(err) {
					rt.Fatalf("commit gives %v", err)
				}
			},
			"download": func(rt *rapid.T) { download(t, rt, s, one.Draw(rt, "data"), model) },
			"remove": func(rt *rapid.T) {
				data := one.Draw(rt, "data")
				if err := s.Remove(t.Context(), digest.Of([]byte(data))); err != nil {
					rt.Fatal(err)
				}
				delete(model, data)
			},
			"flush": func(rt *rapid.T) {
				if rapid.IntRange(0, 7).Draw(rt, "dice") > 0 {
					return // a flush takes long; the other calls are the point
				}
				if err := s.Flush(t.Context()); err != nil {
					rt.Fatal(err)
				}
			},
			"": func(*rapid.T) {
				checkEach(t, s, slices.Collect(maps.Keys(model))...)
				for _, data := range contents {
					if model[data] {
						CheckHolds(t, s, data)
					} else {
						CheckLacks(t, s, data)
					}
				}
				if t.Failed() {
					rt.Fatal("the store and the map differ")
				}
			},
		})
	})
}

// download resumes data and may stop after any byte.
func download(t *testing.T, rt *rapid.T, s blob.Store, data string, model map[string]bool) {
	w, err := s.Resume(t.Context(), blob.Expect(RefOf(data)))
	if model[data] {
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
		model[data] = true
	}
	if err != nil {
		rt.Fatal(err)
	}
}
