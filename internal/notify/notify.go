// Package notify wakes goroutines that wait for something to change.
//
// A notification is a hint, never data: it says "look again", may be merged
// with others, and may come without need. Whoever is woken reads the truth
// from the database. That makes the hub safe to lose messages, and lets a
// bridge to other processes (PostgreSQL's LISTEN and NOTIFY) join later as one
// more publisher, without a promise that it could not keep.
//
//	changed := hub.Subscribe(ctx, "activity/17")
//	for {
//		if done, err := look(ctx); done || err != nil { return err }
//		if _, ok := <-changed; !ok { return context.Cause(ctx) }
//	}
//
// Subscribing before the first look is what makes this loop miss nothing.
package notify

import (
	"context"
	"sync"
)

// Hub passes notifications inside one process. The zero value is ready; any
// number of goroutines may use it.
type Hub struct {
	mu     sync.Mutex
	topics map[string]map[chan struct{}]struct{}
}

// Publish wakes all that subscribed to the topic. It never blocks.
func (h *Hub) Publish(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for wake := range h.topics[topic] {
		select {
		case wake <- struct{}{}:
		default: // not yet awake from the one before
		}
	}
}

// Subscribe returns a channel that has a value after any of the topics was
// published, one value for any number of publications since it was last read.
// It is closed when ctx ends; until then the subscription holds memory.
func (h *Hub) Subscribe(ctx context.Context, topics ...string) <-chan struct{} {
	wake := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.topics == nil {
		h.topics = map[string]map[chan struct{}]struct{}{}
	}
	for _, topic := range topics {
		if h.topics[topic] == nil {
			h.topics[topic] = map[chan struct{}]struct{}{}
		}
		h.topics[topic][wake] = struct{}{}
	}
	context.AfterFunc(ctx, func() { h.unsubscribe(wake, topics) })
	return wake
}

func (h *Hub) unsubscribe(wake chan struct{}, topics []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range topics {
		delete(h.topics[topic], wake)
		if len(h.topics[topic]) == 0 {
			delete(h.topics, topic)
		}
	}
	close(wake) // under the lock: Publish must not send to it any more
}
