package publish

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/publish/index"
	"github.com/aptarium/aptarium/internal/publish/index/indextest"
)

// TestPatchesLeadFromEveryGeneration: whatever changed in between, a client of
// any of the last generations gets the newest index by one patch.
func TestPatchesLeadFromEveryGeneration(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		const kept = 4
		paths := []string{packages, "dists/stable/main/i18n/Translation-en"}
		h.edit(t, func(p *Publication) { p.Options.Patches, p.Options.Translations = kept, true })
		h.change(t, many(1000, "1"), nil)
		h.publish(t, h.place)
		states := map[string][][]byte{}
		for _, path := range paths {
			states[path] = [][]byte{h.read(t, path, 0)}
		}
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		for range 25 {
			pick := func(version string) (list []catalog.Entry) {
				for range random.IntN(5) {
					list = append(list, entry(fmt.Sprintf("package-%05d", random.IntN(1100)), version, "amd64", ""))
				}
				return list
			}
			h.change(t, append(pick("1"), pick("2")...), append(pick("1"), pick("2")...))
			h.sameAsRebuilt(t, h.place)
			for _, path := range paths {
				now := h.read(t, path, 0)
				if !bytes.Equal(now, states[path][len(states[path])-1]) {
					states[path] = append(states[path], now)
				}
				h.checkPatches(t, path, states[path], kept)
			}
		}
	})
}

// checkPatches applies every patch of an index to the state it is for.
func (h *house) checkPatches(t failer, path string, states [][]byte, kept int) {
	t.Helper()
	now := states[len(states)-1]
	byDigest := map[string][]byte{}
	for _, s := range states {
		byDigest[digest.Of(s).String()] = s
	}
	if len(states) == 1 {
		return
	}
	list, err := deb822.Parse(h.read(t, path+".diff/Index", 0))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(list.Get("SHA256-Current")), fmt.Sprintf("%s %d", digest.Of(now), len(now)); got != want {
		t.Fatalf("the current index is %s, patches lead to %s", want, got)
	}
	n := 0
	for line := range strings.Lines(strings.TrimSpace(string(list.Get("SHA256-History")))) {
		n++
		part := strings.Fields(line)
		packed, _, err := h.get(t, "debian", path+".diff/"+part[2]+".gz", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := indextest.ApplyEd(t, byDigest[part[0]], unpack(t, packed, compress.Gzip)); !bytes.Equal(got, now) {
			t.Fatalf("the patch %s does not make the newest index", part[2])
		}
	}
	if n == 0 || n > kept {
		t.Fatalf("%s: there are %d patches, %d states\n%s", path, n, len(states), h.read(t, path+".diff/Index", 0))
	}
}

// TestPatchesOfEarlierReleasesAreServed: a client that fetched the list of
// patches before a publish asks for those in it afterwards.
func TestPatchesOfEarlierReleasesAreServed(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.edit(t, func(p *Publication) { p.Options.Patches = 5 })
		h.change(t, many(100, "1"), nil)
		var old []string
		for i := range 4 {
			h.change(t, []catalog.Entry{entry("hello", fmt.Sprint(i), "amd64", "")}, nil)
			r := h.publish(t, h.place)
			for _, f := range r.Files {
				if index.IsPatch(f.Path) {
					old = append(old, f.Path)
				}
			}
			if strings.Contains(string(h.read(t, "dists/stable/Release", 0)), "T-") {
				t.Error("Release lists a patch")
			}
		}
		if len(old) != 1+2+3 {
			t.Errorf("there were %d patches", len(old))
		}
		for _, path := range old {
			h.read(t, path, 0)
		}
		last := h.publish(t, h.place)
		h.edit(t, func(p *Publication) { p.Options.Label = "new" })
		next := h.publish(t, h.place)
		for _, f := range last.Files {
			if strings.Contains(f.Path, ".diff/") {
				if have, _ := next.file(f.Path); have.SHA256 != f.SHA256 {
					t.Errorf("%s changed with a label", f.Path)
				}
			}
		}
	})
}
