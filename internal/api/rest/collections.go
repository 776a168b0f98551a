package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Named is a path that names one thing of a noun.
type Named struct {
	Name string `path:"name" maxLength:"200"`
}

// Terms choose packages; see [app.Terms].
type Terms struct {
	Package      string `query:"name" doc:"A name, or a pattern such as linux-*"`
	Version      string `query:"version"`
	Architecture string `query:"architecture"`
	Type         string `query:"type" doc:"deb, udeb or source"`
	Component    string `query:"component"`
	Query        string `query:"q" doc:"A package query, such as: nginx (>= 1.22) | Priority (required)" maxLength:"65536"`
}

func (t Terms) terms() collections.Terms {
	return collections.Terms{Name: t.Package, Version: t.Version, Architecture: t.Architecture, Type: t.Type, Component: t.Component, Query: t.Query}
}

// get, list, create, … give operations their method and status.
func get(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary}
}

func post(id, path, summary string, status int) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodPost, Path: path, Summary: summary, DefaultStatus: status}
}

func put(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodPut, Path: path, Summary: summary}
}

func patch(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodPatch, Path: path, Summary: summary}
}

func remove(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodDelete, Path: path, Summary: summary}
}

// contents adds the routes that collections of every kind have.
func (s *service) contents(kind string) {
	base := "/v1/" + kind + "s/{name}"
	handle(s, get("list-"+kind+"-packages", base+"/packages", "List the packages of a "+kind), func(ctx context.Context, in *struct {
		Named
		Terms
		Paging
		At string `query:"at" doc:"A time, for the packages of then: 20261120T120000Z or 2026-11-20T12:00:00Z"`
	}) (usecase.List[collections.Package], error) {
		ref, err := refOf(kind, in.Name, in.At)
		if err != nil {
			return usecase.List[collections.Package]{}, err
		}
		return s.app.Collections.Packages(ctx, ref, in.terms(), in.page())
	})
	handle(s, get("list-"+kind+"-revisions", base+"/revisions", "List the changes of a "+kind+", newest first"), func(ctx context.Context, in *struct {
		Named
		Paging
	}) (usecase.List[collections.Revision], error) {
		ref, err := refOf(kind, in.Name, "")
		if err != nil {
			return usecase.List[collections.Revision]{}, err
		}
		return s.app.Collections.Log(ctx, ref, in.page())
	})
}

// refOf names a collection, now or at a time.
func refOf(kind, name, at string) (collections.Ref, error) {
	ref, err := collections.ParseRef("name", kind+":"+name)
	if err == nil && at != "" {
		ref.At, err = usecase.ParseInstant("at", at)
	}
	return ref, err
}
