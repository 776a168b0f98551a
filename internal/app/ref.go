package app

import (
	"context"
	"strings"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Ref names a collection, or one of its views: mirror:NAME, repo:NAME or
// snapshot:NAME, and @TIME behind it for how it was then.
type Ref struct {
	Kind catalog.Kind
	Name string
	At   int64 // microseconds since 1970; 0: now
}

// ParseRef reads a reference. Field names the input for errors.
func ParseRef(field, text string) (Ref, error) {
	name, at, timed := strings.Cut(text, "@")
	kind, name, ok := strings.Cut(name, ":")
	r := Ref{Kind: catalog.Kind(kind), Name: name}
	known := r.Kind == catalog.Mirror || r.Kind == catalog.Repo || r.Kind == catalog.Snapshot
	if !ok || !known || name == "" {
		return Ref{}, problem.New(problem.Invalid, "%q names no collection", text).In(field).
			WithHint("write mirror:NAME, repo:NAME or snapshot:NAME, with @TIME behind it for a past state")
	}
	if err := catalog.CheckName(field, name); err != nil {
		return Ref{}, err
	}
	if timed {
		var err error
		if r.At, err = ParseInstant(field, at); err != nil {
			return Ref{}, err
		}
	}
	return r, nil
}

// view finds what a reference names.
func (a *App) view(ctx context.Context, tx *db.Tx, r Ref) (catalog.Collection, catalog.View, error) {
	c, err := a.catalog.ByName(ctx, tx, r.Kind, r.Name)
	if err != nil {
		return catalog.Collection{}, catalog.View{}, err
	}
	if r.At == 0 {
		return c, c.View(), nil
	}
	if r.At >= a.Now().UnixMicro() {
		return c, catalog.View{}, problem.New(problem.NotFound, "the state of %s at %s is not known yet", c.Ref(), stamp(r.At).Format(snapshotForm)).
			WithHint("ask for a second that is over, or leave the time out for now")
	}
	v, err := a.catalog.AsOf(ctx, tx, c.ID, r.At)
	if err == nil && v.Revision == 0 && r.At < c.CreatedAt {
		err = problem.New(problem.NotFound, "%s was not there yet at %s", c.Ref(), stamp(r.At).Format(snapshotForm))
	}
	return c, v, err
}
