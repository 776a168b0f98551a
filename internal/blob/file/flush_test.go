package file

import (
	"context"
	"errors"
	"testing"

	"github.com/aptarium/aptarium/internal/blob/blobtest"
)

// slowSync is a disk whose syncs begin when told and tell when they do.
func slowSync(t *testing.T) (s *Store, begun chan struct{}, finish chan struct{}) {
	t.Helper()
	begun, finish = make(chan struct{}, 100), make(chan struct{})
	s = openAt(t, t.TempDir(), Options{FS: func(disk FS) FS {
		return haunted{disk, func(call string) error {
			if call == "sync all" {
				begun <- struct{}{}
				<-finish
			}
			return nil
		}}
	}})
	return s, begun, finish
}

func TestFlushesUnderWayAreShared(t *testing.T) {
	t.Parallel()
	s, begun, finish := slowSync(t)
	blobtest.Put(t, s, "in the first round")
	first := s.join(t.Context())
	<-begun
	blobtest.Put(t, s, "too late for it")
	second := s.join(t.Context())
	if second == first {
		t.Error("a blob put during a flush is taken for flushed by it")
	}
	for range 5 {
		if s.join(t.Context()) != second {
			t.Error("a flush that has not begun is not shared")
		}
	}
	close(finish)
	<-second.done
	if first.err != nil || second.err != nil {
		t.Error(first.err, second.err)
	}
	if syncs := 1 + len(begun); syncs != 4 {
		t.Errorf("%d syncs for two rounds", syncs)
	}
	if s.join(t.Context()) != nil {
		t.Error("a third flush has something to do")
	}
}

func TestAFlushGoesOnWithoutTheOneWhoAsked(t *testing.T) {
	t.Parallel()
	s, begun, finish := slowSync(t)
	ref := blobtest.Put(t, s, "hello")
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error)
	go func() { asked <- s.Flush(ctx) }()
	<-begun
	cancel()
	if err := <-asked; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(finish)
	blobtest.Flush(t, s)
	checkFiles(t, s.dir, "pool/"+ref.SHA256.String()[:2]+"/"+ref.SHA256.String())
}

func TestABlobRemovedDuringAFlushIsGone(t *testing.T) {
	t.Parallel()
	s, begun, finish := slowSync(t)
	ref := blobtest.Put(t, s, "unwanted")
	blobtest.Put(t, s, "wanted")
	round := s.join(t.Context())
	<-begun
	if err := s.Remove(t.Context(), ref.SHA256); err != nil {
		t.Fatal(err)
	}
	close(finish)
	<-round.done
	if round.err != nil {
		t.Error(round.err)
	}
	blobtest.CheckLacks(t, s, "unwanted")
	blobtest.CheckHolds(t, s, "wanted")
}
