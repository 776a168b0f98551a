package publish

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
)

// checkBzip2 tells whether a file is the text to bzip2, and to apt, which reads
// one stream and no more.
func checkBzip2(t *testing.T, data, plain []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Packages.bz2")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"bzip2", "-dc", path}, {"/usr/lib/apt/apt-helper", "cat-file", path}} {
		got, err := exec.Command(command[0], command[1:]...).Output()
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s (of the Debian packages bzip2 and apt) gives %d bytes, not %d, %v", command[0], len(got), len(plain), err)
		}
	}
}

func TestABzip2IndexIsOneStream(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.edit(t, func(p *Publication) {
			p.Options.Formats, p.Options.Architectures = []compress.Format{compress.Gzip, compress.Bzip2}, []string{"amd64"}
		})
		h.publish(t, h.place)
		checkBzip2(t, h.read(t, packages+".bz2", 0), nil)
		h.change(t, many(1500, "1"), nil)
		for _, changed := range []string{"package-01499", "package-00000", "package-00700"} {
			h.publish(t, h.place)
			checkBzip2(t, h.read(t, packages+".bz2", 0), h.read(t, packages, 0))
			h.change(t, []catalog.Entry{entry(changed, "2", "amd64", "")}, nil)
		}
	})
}

func TestAChangedBzip2IndexIsTheOneBuiltFromNothing(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.edit(t, func(p *Publication) { p.Options.Formats = []compress.Format{compress.Bzip2} })
		changedIsFromNothing(t, h, 600, compress.Bzip2)
	})
}
