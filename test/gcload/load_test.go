package main

import (
	"testing"
	"time"
)

func TestNothingNeededIsLostWhileGarbageIsCollected(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), t.TempDir(), 8*time.Second, 6*3600); err != nil {
		t.Fatal(err)
	}
}
