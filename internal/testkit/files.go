package testkit

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// files are contents by path. Two suites may name the same file, not two.
type files map[string][]byte

func (f files) add(name string, content []byte) error {
	if before, ok := f[name]; ok && !bytes.Equal(before, content) {
		return fmt.Errorf("%s is described twice and differently", name)
	}
	f[name] = content
	return nil
}

// writeFiles writes files below dir, those last that refer to the others.
func writeFiles(dir string, all files) error {
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		return bytes.Compare(writeRank(x), writeRank(y))
	})
	for _, name := range names {
		if err := writeFile(filepath.Join(dir, name), all[name]); err != nil {
			return err
		}
	}
	return nil
}

// writeRank orders files so that none is there before what it refers to.
func writeRank(name string) []byte {
	rank := byte('0')
	switch filepath.Base(name) {
	case "Release", "Release.gpg":
		rank = '1'
	case "InRelease":
		rank = '2'
	}
	return append([]byte{rank}, name...)
}

// writeFile puts a file in place by renaming, with its folders.
func writeFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// lockFolder waits until no other process or goroutine has the lock of this
// name in a folder of the cache.
func lockFolder(ctx context.Context, folder, name string) (unlock func(), err error) {
	lock := flock.New(filepath.Join(folder, name))
	if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return nil, fmt.Errorf("waiting for %s: %w", lock.Path(), err)
	}
	return func() { _ = lock.Unlock() }, nil
}
