package masterkey

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
)

const ownerA, ownerB = "signing key A", "signing key B"

func open(t *testing.T, dir string) Keys {
	t.Helper()
	master, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return master
}

func TestMasterKeyIsMadeOnceForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sealed, err := open(t, dir).Seal(ownerA, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, File))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v; want 0600", info.Mode(), err)
	}
	if plain, err := open(t, dir).Unseal(ownerA, sealed); err != nil || string(plain) != "secret" {
		t.Errorf("opened again: %q, %v", plain, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

func TestProcessesThatStartTogetherShareTheMasterKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	masters := make([]Keys, 8)
	var wg sync.WaitGroup
	for i := range masters {
		wg.Go(func() { masters[i], _ = Open(dir) })
	}
	wg.Wait()
	for i, master := range masters {
		if master.current != 1 || !bytes.Equal(master.keys[1], masters[0].keys[1]) {
			t.Errorf("master %d differs from the first", i)
		}
	}
}

func TestSealedSecretsOpenOnlyForTheirKey(t *testing.T) {
	t.Parallel()
	master, other := open(t, t.TempDir()), open(t, t.TempDir())
	sealed, err := master.Seal(ownerA, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := master.Seal(ownerA, []byte("secret"))
	if err != nil || bytes.Equal(sealed, again) {
		t.Errorf("sealing twice gives the same (%v): the nonce is not fresh", err)
	}
	refused := func(what string, m Keys, owner string, data []byte) {
		if plain, err := m.Unseal(owner, data); !problem.Is(err, problem.Conflict) || plain != nil {
			t.Errorf("%s: got %q, %v", what, plain, err)
		}
	}
	refused("another master key", other, ownerA, sealed)
	refused("moved to another key", master, ownerB, sealed)
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		refused("changed", master, ownerA, changed)
		refused("cut", master, ownerA, sealed[:i])
	}
}

func TestMasterKeyCanBeChanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := open(t, dir)
	sealed, err := old.Seal(ownerA, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, File)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := "2 " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)) + "\n"
	if err := os.WriteFile(path, append(text, line...), 0o600); err != nil {
		t.Fatal(err)
	}
	both := open(t, dir)
	if plain, err := both.Unseal(ownerA, sealed); err != nil || string(plain) != "secret" {
		t.Errorf("sealed with the old key: %q, %v", plain, err)
	}
	fresh, err := both.Seal(ownerA, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Unseal(ownerA, fresh); err == nil {
		t.Error("the new key does not seal")
	}
}

func TestAMasterKeyThatIsNotSafeIsRefused(t *testing.T) {
	t.Parallel()
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, tc := range map[string]struct {
		mode os.FileMode
		text string
		says string
	}{
		"readable by a group":  {0o640, "1 " + key, "chmod 600"},
		"readable by all":      {0o604, "1 " + key, "chmod 600"},
		"empty":                {0o600, "", "it is empty"},
		"no number":            {0o600, key, "number from 0 to 255"},
		"a number too large":   {0o600, "256 " + key, "number from 0 to 255"},
		"not base64":           {0o600, "1 " + strings.Repeat("!", 44), "32 bytes in base64"},
		"a short key":          {0o600, "1 AAAA", "32 bytes in base64"},
		"a number used twice":  {0o600, "1 " + key + "\n1 " + key, "twice"},
		"an endless file":      {0o600, strings.Repeat("x", 1<<20), "number from 0 to 255"},
		"a second line is bad": {0o600, "1 " + key + "\n\n2 x", "number from 0 to 255"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, File)
		if err := os.WriteFile(path, []byte(tc.text), tc.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, tc.mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
		if _, err := Open(dir); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got %v, want %q", name, err, tc.says)
		}
	}
}

func TestADataFolderMustExist(t *testing.T) {
	t.Parallel()
	if _, err := Open(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a master key without a file")
	}
}

// Derived keys differ by purpose and by master key, are the same at every start, and
// survive a change of the master key.
func TestKeysAreDerivedForAPurpose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	derive := func(dir, purpose string) [][]byte {
		keys, err := open(t, dir).Derive(purpose)
		if err != nil || len(keys) == 0 || len(keys[0]) != 32 {
			t.Fatalf("%x, %v", keys, err)
		}
		return keys
	}
	first := derive(dir, "sessions")[0]
	if !bytes.Equal(first, derive(dir, "sessions")[0]) || bytes.Equal(first, derive(dir, "others")[0]) || bytes.Equal(first, derive(t.TempDir(), "sessions")[0]) {
		t.Error("the key of a purpose is not its own")
	}
	file, err := os.OpenFile(filepath.Join(dir, File), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString("2 " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)) + "\n")
	if err = errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	if both := derive(dir, "sessions"); len(both) != 2 || bytes.Equal(both[0], first) || !bytes.Equal(both[1], first) {
		t.Errorf("after a change: %x", both)
	}
}
