package apply

import (
	"context"
	"path/filepath"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// decideEndpoint compares an endpoint.
func (ap *applying) decideEndpoint(ctx context.Context, tx *db.Tx, name string, want publications.EndpointSettings) error {
	t := thing{endpointKind, name}
	if name == publish.BuiltIn {
		return ap.fault(t, problem.New(problem.Conflict, "%s is the endpoint that the program serves itself", name).WithHint("choose another name"))
	}
	sound := map[string]string{"kind": string(endpoint.Filesystem), "directory": "/srv"}
	checked := want
	if err := ap.check(t, &checked, sound, func() error { return endpoint.CheckSettings(name, checked) }); err != nil {
		return err
	}
	want.Directory = filepath.Clean(want.Directory)
	now, err := ap.service.endpoint.Get(ctx, tx, name)
	there, err := found(err)
	if err != nil {
		return err
	}
	record := ap.record(t, 0)
	if !there {
		ap.step(makeEndpoints, "create", t, nil, func(ctx context.Context, run *applyRun) error {
			return run.keep(ctx, record, second(ap.service.publications.CreateEndpoint(ctx, name, want)))
		})
		return nil
	}
	ap.stated(t, 0)
	changes, err := compare(now.Settings, want)
	if err != nil || len(changes) == 0 {
		return err
	}
	step := ap.step(makeEndpoints, "change", t, nil, func(ctx context.Context, run *applyRun) error {
		return run.keep(ctx, record, second(ap.service.publications.EditEndpoint(ctx, name, want)))
	})
	step.Settings, step.Destructive = changes, now.Directory != want.Directory
	return nil
}

// second returns the error of a call.
func second[T any](_ T, err error) error { return err }

// keep stores the record of a created or changed thing, unless that failed.
func (run *applyRun) keep(ctx context.Context, r declared.Record, err error) error {
	if err != nil {
		return err
	}
	return run.service.k.DB.Tx(ctx, func(tx *db.Tx) error { return declared.Put(ctx, tx, r) })
}
