package testkit

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockFolder waits until no other process or goroutine has the lock of this
// name in a folder of the cache.
func lockFolder(ctx context.Context, folder, name string) (unlock func(), err error) {
	lock := flock.New(filepath.Join(folder, name))
	if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return nil, fmt.Errorf("waiting for %s: %w", lock.Path(), err)
	}
	return func() { _ = lock.Unlock() }, nil
}
