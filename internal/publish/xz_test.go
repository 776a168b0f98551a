package publish

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/problem"
)

// withXZ sets the formats of the publication.
func (h *house) withXZ(t *testing.T, formats ...compress.Format) {
	t.Helper()
	h.edit(t, func(p *Publication) { p.Options.Formats = formats })
}

// checkXZ tells whether xz takes a file as one stream that holds the text.
func checkXZ(t *testing.T, data, plain []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Packages.xz")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("xz", "-t", path).CombinedOutput(); err != nil {
		t.Fatalf("xz -t (of the Debian package xz-utils): %v %s", err, out)
	}
	if got, err := exec.Command("xz", "-dc", path).Output(); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("xz gives %d bytes, not %d, %v", len(got), len(plain), err)
	}
	if list, err := exec.Command("xz", "--robot", "-l", path).Output(); err != nil || !strings.Contains(string(list), "file\t1\t") {
		t.Errorf("more than one stream, which apt does not read: %s %v", list, err)
	}
	if got := unpack(t, data, compress.XZ); !bytes.Equal(got, plain) {
		t.Errorf("our own reader gives %d bytes, not %d", len(got), len(plain))
	}
}

func TestAnXZIndexIsOneStream(t *testing.T) {
	t.Parallel()
	for name, formats := range map[string][]compress.Format{
		"alone": {compress.XZ}, "first": {compress.XZ, compress.Gzip, compress.Zstd}, "last": {compress.Gzip, compress.XZ},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(t *testing.T, h *house) {
				h.withXZ(t, formats...)
				h.change(t, many(2000, "1"), nil)
				h.publish(t, h.place)
				for _, changed := range []string{"package-01999", "package-00000", "package-01000"} {
					checkXZ(t, h.read(t, packages+".xz", 0), h.read(t, packages, 0))
					h.change(t, []catalog.Entry{entry(changed, "2", "amd64", "")}, nil)
					h.publish(t, h.place)
				}
				plain := h.read(t, packages, 0)
				if n := bytes.Count(plain, []byte("Package: ")); n != 2003 {
					t.Errorf("Packages lists %d packages", n)
				}
				checkXZ(t, h.read(t, packages+".xz", 0), plain)
			})
		})
	}
}

func TestAChangedXZIndexIsTheOneBuiltFromNothing(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.withXZ(t, compress.XZ, compress.Zstd)
		changedIsFromNothing(t, h, 1500, compress.XZ)
	})
}

func TestAnXZIndexThatIsOrBecomesEmpty(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.edit(t, func(p *Publication) { p.Options.Architectures = []string{"amd64"} })
		h.withXZ(t, compress.XZ)
		h.publish(t, h.place)
		checkXZ(t, h.read(t, packages+".xz", 0), nil)
		h.change(t, many(3, "1"), nil)
		h.publish(t, h.place)
		checkXZ(t, h.read(t, packages+".xz", 0), h.read(t, packages, 0))
		h.change(t, nil, many(3, "1"))
		h.publish(t, h.place)
		checkXZ(t, h.read(t, packages+".xz", 0), nil)
	})
}

func TestAnXZIndexIsReadFromAnyPlace(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.withXZ(t, compress.XZ)
		h.change(t, many(500, "1"), nil)
		h.publish(t, h.place)
		data, s, err := h.get(t, "debian", packages+".xz", 0)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(t.Context(), h.pool, s)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for at := 0; at < len(data); at += 5 {
			if _, err := r.Seek(int64(at), 0); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, min(7, len(data)-at))
			if n, err := r.Read(got); err != nil || !bytes.HasPrefix(data[at:], got[:n]) {
				t.Fatalf("at %d: % x, %v", at, got, err)
			}
		}
	})
}

func TestFormatsThatCanBeChosen(t *testing.T) {
	t.Parallel()
	for _, good := range [][]compress.Format{nil, {"gz"}, {"zst"}, {"xz"}, {"xz", "zst", "gz"}, {"bz2"}, {"gz", "bz2"}} {
		if err := (Options{Formats: good}).Check(); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range [][]compress.Format{{""}, {"xz", "xz"}, {"lz4"}, {"plain"}} {
		if err := (Options{Formats: bad}).Check(); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
