package aptkeys_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aptarium/aptarium/internal/aptkeys"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestTheKeysOfThisMachineCanBeRead(t *testing.T) {
	t.Parallel()
	text, err := aptkeys.All()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := openpgp.ReadKeys([]byte(text))
	if err != nil || len(ring.Keys()) == 0 {
		t.Errorf("%v, %v: apt-get install debian-archive-keyring", ring, err)
	}
}

func TestFilesThatAreNoKeysAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		file string
		kind problem.Kind
	}{
		"one that is not there": {filepath.Join(dir, "none"), problem.Invalid},
		"text":                  {write("text", []byte("no keys\n")), problem.Invalid},
		"one that is too long":  {write("long", make([]byte, aptkeys.MaxFile+1)), problem.TooLarge},
	} {
		if _, err := aptkeys.Read([]string{c.file}); !problem.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
