package apply

import (
	"context"

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
	kinds := ap.service.endpoint.Kinds
	now, err := ap.service.endpoint.Get(ctx, tx, name)
	there, err := found(err)
	if err != nil {
		return err
	}
	want = kinds.WithSecretsOf(want, now.Settings)
	checked := want
	if err := ap.check(t, &checked, kinds.Examples(), func() error { return second(kinds.Check(name, checked)) }); err != nil {
		return err
	}
	if stored, err := kinds.Check(name, want); err == nil {
		want = stored
	}
	record := ap.record(t, 0)
	if !there {
		ap.step(makeEndpoints, "create", t, nil, func(ctx context.Context, run *applyRun) error {
			return run.keep(ctx, record, second(ap.service.publications.CreateEndpoint(ctx, name, want)))
		})
		return nil
	}
	ap.stated(t, 0)
	changes, err := compareEndpoint(kinds, now.Settings, want)
	if err != nil || len(changes) == 0 {
		return err
	}
	step := ap.step(makeEndpoints, "change", t, nil, func(ctx context.Context, run *applyRun) error {
		return run.keep(ctx, record, second(ap.service.publications.EditEndpoint(ctx, name, want)))
	})
	step.Settings, step.Destructive = changes, !kinds.Same(now.Settings, want)
	return nil
}

// compareEndpoint returns the settings that differ, secrets without their values.
func compareEndpoint(kinds endpoint.Kinds, now, want endpoint.Settings) ([]SettingChange, error) {
	changes, err := compare(kinds.Redacted(now), kinds.Redacted(want))
	for _, name := range kinds.OtherSecrets(now, want) {
		changes = append(changes, SettingChange{name, nil, "another secret"})
	}
	return changes, err
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
