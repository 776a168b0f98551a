package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// How often /v1/events looks for changes, and how often it says something at
// least, so that proxies keep the connection.
const (
	eventsEvery = 500 * time.Millisecond
	eventsPing  = 15 * time.Second
)

// events adds /v1/events: server-sent events (WHATWG HTML, 9.2), one for each
// activity that has changed, with its state as data and its version as id. It is
// no journal: an activity that changes often shows its newest state only.
func (s *service) events() {
	op := operation(s, routes.Events)
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[usecase.Activity](), true, "")
	op.Responses["200"] = &huma.Response{
		Description: "Events named activity; the data is an activity, the id its version",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: schema}},
	}
	register(s, op, func(_ context.Context, in *routes.EventsInput) (*streamed, error) {
		f := follower{app: s.app, told: map[int64]int64{}}
		if in.LastEventID != "" {
			var err error
			if f.since, err = strconv.ParseInt(in.LastEventID, 10, 64); err != nil {
				return nil, problem.New(problem.Invalid, "%q is not the id of an event", in.LastEventID).In("Last-Event-ID")
			}
		}
		return &streamed{func(hc huma.Context) { s.streamEvents(hc, &f) }}, nil
	})
}

func (s *service) streamEvents(hc huma.Context, f *follower) {
	r, w := humago.Unwrap(hc)
	ctx := r.Context()
	changed, err := f.look(ctx)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	flush := http.NewResponseController(w).Flush
	tick := time.NewTicker(eventsEvery)
	defer tick.Stop()
	var said time.Time
	for ; err == nil; changed, err = f.look(ctx) {
		if len(changed) == 0 && time.Since(said) >= eventsPing {
			_, err = fmt.Fprint(w, ": nothing new\n\n")
			said = time.Now()
		}
		for _, a := range changed {
			s.codeFailure(a)
			data, _ := json.Marshal(a) // of plain fields
			_, err = fmt.Fprintf(w, "id: %d\nevent: activity\ndata: %s\n\n", a.Version, data)
			said = time.Now()
		}
		if err != nil || flush() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-s.options.Draining:
			return
		case <-tick.C:
		}
	}
}

// newest is how many activities are looked at even when they are finished.
const newest = 100

// follower finds the activities that have changed.
type follower struct {
	app   *app.App
	since int64           // states up to this version are known
	begun bool            // whether there was a look before
	told  map[int64]int64 // versions, by activity; of unfinished and newest ones
}

// look gives what has changed since the last look, in the order of versions.
func (f *follower) look(ctx context.Context) ([]usecase.Activity, error) {
	seen := map[int64]usecase.Activity{}
	for _, status := range []string{"", "waiting", "running"} {
		limit := 500
		if status == "" {
			limit = newest
		}
		list, err := f.app.Activities.List(ctx, activities.Filter{Status: status}, usecase.Page{Limit: limit})
		if err != nil {
			return nil, err
		}
		for _, a := range list.Items {
			seen[a.ID] = a
		}
	}
	for id := range f.told {
		if _, there := seen[id]; there {
			continue
		}
		// It was unfinished at the last look, and no list has it any more.
		a, err := f.app.Activities.Get(ctx, id)
		if err != nil && !problem.Is(err, problem.NotFound) {
			return nil, err
		}
		if err == nil {
			seen[id] = a
		}
	}
	return f.changed(seen), nil
}

// changed chooses what to tell of what was seen, and remembers it.
func (f *follower) changed(seen map[int64]usecase.Activity) (changed []usecase.Activity) {
	told, first := f.told, !f.begun
	f.told, f.begun = map[int64]int64{}, true
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		a := seen[id]
		known, followed := told[id]
		switch {
		case followed && a.Version > known, !followed && !first,
			first && f.since > 0 && a.Version > f.since, first && f.since == 0 && !a.Finished():
			changed = append(changed, a)
		}
		f.told[id] = a.Version
	}
	slices.SortFunc(changed, func(x, y usecase.Activity) int { return cmp.Compare(x.Version, y.Version) })
	f.forget(seen)
	return changed
}

// forget keeps finished activities only while the list of the newest shows them:
// those outside would be asked for one by one for ever.
func (f *follower) forget(seen map[int64]usecase.Activity) {
	ids := slices.Sorted(maps.Keys(seen))
	for _, id := range ids[:max(len(ids)-newest, 0)] {
		if seen[id].Finished() {
			delete(f.told, id)
		}
	}
}
