package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// unlocked returns signing with the secret of a call.
func unlocked(s routes.Secret, signing *publications.Signing) *publications.Signing {
	if s.Passphrase == "" {
		return signing
	}
	var with publications.Signing
	if signing != nil {
		with = *signing
	}
	with.Passphrase = s.Passphrase
	return &with
}

// stagedSources adds the routes of what waits for an update of a publication.
func (s *service) stagedSources() {
	handle(s, routes.GetStagedSources, func(ctx context.Context, in *routes.Place) (routes.StagedSources, error) {
		list, err := s.app.Publications.StagedSources(ctx, in.Prefix, in.Distribution)
		return routes.StagedSources{Sources: list}, err
	})
	handle(s, routes.StageSources, func(ctx context.Context, in *routes.PlaceBody[routes.StagedSources]) (routes.StagedSources, error) {
		return in.Body, s.app.Publications.StageSources(ctx, in.Prefix, in.Distribution, in.Body.Sources)
	})
	handleEmpty(s, routes.DropStagedSources, func(ctx context.Context, in *routes.Place) error {
		return s.app.Publications.UnstageSources(ctx, in.Prefix, in.Distribution)
	})
}

// publications adds /v1/publications.
func (s *service) publications() {
	handle(s, routes.ListPublications, paged(s.app.Publications.List))
	handle(s, routes.CreatePublication, func(ctx context.Context, in *routes.Body[routes.NewPublication]) (routes.Published, error) {
		in.Body.Signing = unlocked(in.Body.Secret, in.Body.Signing)
		p, started, err := s.app.Publications.Create(ctx, in.Body.NewPublication)
		return routes.Published{Publication: p, Activity: started}, err
	})
	handle(s, routes.GetPublication, func(ctx context.Context, in *routes.GetPublicationInput) (publications.PublicationDetail, error) {
		if in.At != "" {
			return s.app.Publications.GetAt(ctx, in.Prefix, in.Distribution, in.At)
		}
		return s.app.Publications.Get(ctx, in.Prefix, in.Distribution)
	})
	handle(s, routes.ListPublicationPackages, func(ctx context.Context, in *routes.ListPublicationPackagesInput) (usecase.List[collections.Package], error) {
		at, err := instant(in.At)
		if err != nil {
			return usecase.List[collections.Package]{}, err
		}
		ref := collections.Ref{Kind: collections.Published, Name: in.Prefix, Distribution: in.Distribution, At: at}
		return s.app.Collections.Packages(ctx, ref, termsOf(in.Terms), in.Page())
	})
	handle(s, routes.EditPublication, func(ctx context.Context, in *routes.PlaceBody[routes.PublicationEdit]) (usecase.Activity, error) {
		in.Body.Signing = unlocked(in.Body.Secret, in.Body.Signing)
		return s.app.Publications.Update(ctx, in.Prefix, in.Distribution, in.Body.PublicationEdit)
	})
	handleEmpty(s, routes.DropPublication, func(ctx context.Context, in *routes.Place) error {
		return s.app.Publications.Drop(ctx, in.Prefix, in.Distribution)
	})
	handle(s, routes.Publish, func(ctx context.Context, in *routes.PlaceBody[*routes.PublishRequest]) (usecase.Activity, error) {
		return s.app.Publications.Update(ctx, in.Prefix, in.Distribution, publications.PublicationEdit{Rebuild: in.Body != nil && in.Body.Rebuild})
	})
	handle(s, routes.ListReleases, func(ctx context.Context, in *routes.ListReleasesInput) (usecase.List[publications.Release], error) {
		return s.app.Publications.Releases(ctx, in.Prefix, in.Distribution, in.Page())
	})
	handle(s, routes.RetainPublication, func(ctx context.Context, in *routes.PlaceBody[collections.Retention]) (publications.Publication, error) {
		return s.app.Publications.Retain(ctx, in.Prefix, in.Distribution, in.Body)
	})
	s.stagedSources()
}

// endpoints adds /v1/endpoints.
func (s *service) endpoints() {
	handle(s, routes.ListEndpoints, paged(s.app.Publications.Endpoints))
	handle(s, routes.CreateEndpoint, func(ctx context.Context, in *routes.Body[routes.NewEndpoint]) (publications.Endpoint, error) {
		return s.app.Publications.CreateEndpoint(ctx, in.Body.Name, in.Body.EndpointSettings)
	})
	handle(s, routes.GetEndpoint, named(s.app.Publications.Endpoint))
	handle(s, routes.EditEndpoint, namedBody(s.app.Publications.EditEndpoint))
	handleEmpty(s, routes.DropEndpoint, namedEmpty(s.app.Publications.DropEndpoint))
}
