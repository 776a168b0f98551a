package notify

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
)

// woken reports whether the channel has a value now.
func woken(c <-chan struct{}) bool {
	select {
	case _, open := <-c:
		return open
	default:
		return false
	}
}

func TestPublicationWakesItsSubscribersOnly(t *testing.T) {
	t.Parallel()
	var hub Hub
	a := hub.Subscribe(t.Context(), "a")
	both := hub.Subscribe(t.Context(), "a", "b")
	hub.Publish("b")
	if woken(a) || !woken(both) {
		t.Error("only the subscriber of b should wake")
	}
	hub.Publish("a")
	if !woken(a) || !woken(both) {
		t.Error("both subscribers of a should wake")
	}
}

func TestPublicationsAreMergedAndNeverBlock(t *testing.T) {
	t.Parallel()
	var hub Hub
	hub.Publish("nobody")
	wake := hub.Subscribe(t.Context(), "a", "a", "b")
	for range 100 {
		hub.Publish("a")
		hub.Publish("b")
	}
	if !woken(wake) || woken(wake) {
		t.Error("200 publications should be one wake-up")
	}
	hub.Publish("a")
	if !woken(wake) {
		t.Error("a publication after the wake-up should wake again")
	}
}

func TestSubscriptionEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var hub Hub
		ctx, cancel := context.WithCancel(t.Context())
		wake := hub.Subscribe(ctx, "a", "b")
		cancel()
		synctest.Wait()
		hub.Publish("a")
		if _, open := <-wake; open {
			t.Error("the channel is still open")
		}
		if len(hub.topics) != 0 {
			t.Errorf("%d topics are kept after their last subscriber left", len(hub.topics))
		}
	})
}

func TestPublishingWhileSubscribersComeAndGo(t *testing.T) {
	t.Parallel()
	var hub Hub
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				wake := hub.Subscribe(ctx, "a")
				hub.Publish("a")
				<-wake
				cancel()
			}
		})
	}
	wg.Wait()
}
