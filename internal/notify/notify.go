// Package notify wakes goroutines that wait for a change.
//
// A notification is a hint, never data: it means "look again", can be merged with
// others, and can be spurious. The woken goroutine reads the current state from the
// database. So a lost message does no harm, and a bridge to other processes (such as
// PostgreSQL's LISTEN and NOTIFY) can be one more publisher.
//
//	changed := hub.Subscribe(ctx, "activity/17")
//	for {
//		if done, err := look(ctx); done || err != nil { return err }
//		if _, ok := <-changed; !ok { return context.Cause(ctx) }
//	}
//
// Subscribe before the first look, or the loop can miss a change.
package notify

import (
	"context"
	"sync"
)

// Hub passes notifications inside one process. The zero value is ready to use, from any
// number of goroutines.
type Hub struct {
	mu     sync.Mutex
	topics map[string]map[chan struct{}]struct{}
}

// Publish wakes all subscribers of the topic. It never blocks.
func (h *Hub) Publish(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for wake := range h.topics[topic] {
		select {
		case wake <- struct{}{}:
		default: // an earlier notification is still unread
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
