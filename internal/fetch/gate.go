package fetch

import (
	"context"
	"sync"
)

// gate limits the concurrent requests, to each server and to all.
type gate struct {
	perHost int
	total   chan struct{}

	mu    sync.Mutex
	hosts map[string]*hostGate // only servers with requests in progress or waiting
}

type hostGate struct {
	slots chan struct{}
	users int
}

func newGate(perHost, total int) *gate {
	return &gate{perHost: perHost, total: make(chan struct{}, total), hosts: map[string]*hostGate{}}
}

// enter waits for a free slot: first of the server, so that requests that wait for a busy
// server do not delay others.
func (g *gate) enter(ctx context.Context, server string) (leave func(), err error) {
	h := g.join(server)
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		g.part(server)
		return nil, context.Cause(ctx)
	}
	select {
	case g.total <- struct{}{}:
	case <-ctx.Done():
		<-h.slots
		g.part(server)
		return nil, context.Cause(ctx)
	}
	return func() {
		<-g.total
		<-h.slots
		g.part(server)
	}, nil
}

func (g *gate) join(server string) *hostGate {
	g.mu.Lock()
	defer g.mu.Unlock()
	h := g.hosts[server]
	if h == nil {
		h = &hostGate{slots: make(chan struct{}, g.perHost)}
		g.hosts[server] = h
	}
	h.users++
	return h
}

func (g *gate) part(server string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.hosts[server].users--; g.hosts[server].users == 0 {
		delete(g.hosts, server)
	}
}
