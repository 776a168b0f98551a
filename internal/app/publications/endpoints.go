package publications

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// EndpointSettings state where an endpoint is and how files are written there.
type EndpointSettings = endpoint.Settings

// Endpoint is a destination of releases that another server serves.
type Endpoint struct {
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	EndpointSettings
}

func (s *Service) showEndpoint(n endpoint.Named) Endpoint {
	return Endpoint{n.Name, usecase.Stamp(n.CreatedAt), s.endpoint.Kinds.Redacted(n.Settings)}
}

// CreateEndpoint stores an endpoint. The first release of a publication writes the first
// files there.
func (s *Service) CreateEndpoint(ctx context.Context, name string, in EndpointSettings) (Endpoint, error) {
	return s.putEndpoint(ctx, "endpoint.create", name, in, func(tx *db.Tx) (EndpointSettings, error) {
		if name == publish.BuiltIn {
			return in, problem.New(problem.Conflict, "%s is the endpoint that the program serves itself", name).In("name").WithHint("choose another name")
		}
		_, err := s.endpoint.Get(ctx, tx, name)
		if err == nil {
			return in, problem.New(problem.Conflict, "there is an endpoint %q already", name).In("name").WithHint("`aptarium endpoint edit` changes it")
		}
		if problem.Is(err, problem.NotFound) {
			return in, nil
		}
		return in, err
	})
}

// EditEndpoint replaces the settings of an endpoint, except for secrets that they leave out. If they name
// another place, the next release of each publication deploys all its files there.
func (s *Service) EditEndpoint(ctx context.Context, name string, in EndpointSettings) (Endpoint, error) {
	return s.putEndpoint(ctx, "endpoint.edit", name, in, func(tx *db.Tx) (EndpointSettings, error) {
		was, err := s.endpoint.Get(ctx, tx, name)
		if err == nil && !s.endpoint.Kinds.SameFiles(was.Settings, in) {
			err = s.publish.Elsewhere(ctx, tx, name)
		}
		return s.endpoint.Kinds.WithSecretsOf(in, was.Settings), err
	})
}

func (s *Service) putEndpoint(ctx context.Context, action, name string, in EndpointSettings, prepare func(*db.Tx) (EndpointSettings, error)) (Endpoint, error) {
	act := usecase.Act{Permission: access.Admin, Action: action, Subject: "endpoint:" + name, Detail: s.endpoint.Kinds.Redacted(in)}
	return usecase.Change(ctx, s.k, act, func(tx *db.Tx, _ *usecase.Act) (Endpoint, error) {
		prepared, err := prepare(tx)
		if err != nil {
			return Endpoint{}, err
		}
		if err := s.endpoint.Put(ctx, tx, name, prepared); err != nil {
			return Endpoint{}, err
		}
		n, err := s.endpoint.Get(ctx, tx, name)
		return s.showEndpoint(n), err
	})
}

// Endpoint returns an endpoint.
func (s *Service) Endpoint(ctx context.Context, name string) (Endpoint, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Endpoint, error) {
		n, err := s.endpoint.Get(ctx, tx, name)
		return s.showEndpoint(n), err
	})
}

// Endpoints lists endpoints by name, without the built-in one.
func (s *Service) Endpoints(ctx context.Context, p usecase.Page) (usecase.List[Endpoint], error) {
	return usecase.ReadList(ctx, s.k, access.Read, p, func(e Endpoint) string { return e.Name }, func(tx *db.Tx, after string, limit int) ([]Endpoint, error) {
		found, err := s.endpoint.List(ctx, tx, after, limit)
		return usecase.Map(found, s.showEndpoint), err
	})
}

// DropEndpoint drops an endpoint without publications. Its files stay.
func (s *Service) DropEndpoint(ctx context.Context, name string) error {
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Admin, Action: "endpoint.drop", Subject: "endpoint:" + name}, func(tx *db.Tx, _ *usecase.Act) error {
		if _, err := s.endpoint.Get(ctx, tx, name); err != nil {
			return err
		}
		used, err := s.publish.UsedBy(ctx, tx, name)
		if err != nil {
			return err
		}
		if used != "" {
			return problem.New(problem.Conflict, "%s is published at endpoint %q, or is being withdrawn", used, name).
				WithHint("`aptarium publish drop` ends a publication")
		}
		if err := s.publish.Elsewhere(ctx, tx, name); err != nil { // a later endpoint of this name has no files
			return err
		}
		return s.endpoint.Drop(ctx, tx, name)
	})
}

// EndpointDirectory returns the directory of a filesystem endpoint. Anyone may call it, since
// everything in it is public.
func (s *Service) EndpointDirectory(ctx context.Context, name string) (string, error) {
	e, err := usecase.Read(ctx, s.k, access.Anyone, func(tx *db.Tx) (endpoint.Named, error) { return s.endpoint.Get(ctx, tx, name) })
	return e.Directory, err
}
