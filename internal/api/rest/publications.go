package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Place is the path of a publication. Both parts may have slashes in them,
// which are sent as %2F.
type Place struct {
	Prefix       string `path:"prefix" maxLength:"300" doc:"PREFIX, or ENDPOINT:PREFIX where another server serves it; :. for the root"`
	Distribution string `path:"distribution" maxLength:"200"`
}

// Published is a new publication and the work on its first release.
type Published struct {
	Publication publications.Publication `json:"publication"`
	Activity    usecase.Activity         `json:"activity"`
}

// PublishRequest adjusts a publish.
type PublishRequest struct {
	Rebuild bool `json:"rebuild,omitempty" doc:"Use nothing of the release before"`
}

// NewPublication is a publication to be made.
type NewPublication struct {
	publications.NewPublication
	Secret
}

// PublicationEdit changes a publication.
type PublicationEdit struct {
	publications.PublicationEdit
	Secret
}

// Secret is what unlocks keys, for one call.
type Secret struct {
	Passphrase string `json:"passphrase,omitempty" maxLength:"1000" doc:"Unlocks GnuPG's keys for this call; it is not kept"`
}

// into adds the secret to how a call signs.
func (s Secret) into(signing *publications.Signing) *publications.Signing {
	if s.Passphrase == "" {
		return signing
	}
	var unlocked publications.Signing
	if signing != nil {
		unlocked = *signing
	}
	unlocked.Passphrase = s.Passphrase
	return &unlocked
}

// StagedSources are those that wait for an update.
type StagedSources struct {
	Sources []string `json:"sources" doc:"[COMPONENT=]mirror:NAME, repo:NAME or snapshot:NAME; fixed at a state with @TIME or #NUMBER behind it"`
}

// stagedSources adds the routes of what waits for an update of a publication.
func (s *service) stagedSources() {
	const staged = "/v1/publications/{prefix}/{distribution}/staged"
	handle(s, get("get-staged-sources", staged, "Get the sources that are staged for a publication"), func(ctx context.Context, in *Place) (StagedSources, error) {
		list, err := s.app.Publications.StagedSources(ctx, in.Prefix, in.Distribution)
		return StagedSources{list}, err
	})
	handle(s, put("stage-sources", staged, "Stage sources, which an edit with staged publishes"), func(ctx context.Context, in *struct {
		Place
		Body StagedSources
	}) (StagedSources, error) {
		return in.Body, s.app.Publications.StageSources(ctx, in.Prefix, in.Distribution, in.Body.Sources)
	})
	handleEmpty(s, remove("drop-staged-sources", staged, "Forget the staged sources"), func(ctx context.Context, in *Place) error {
		return s.app.Publications.UnstageSources(ctx, in.Prefix, in.Distribution)
	})
}

// publications adds /v1/publications.
func (s *service) publications() {
	const place = "/v1/publications/{prefix}/{distribution}"
	handle(s, get("list-publications", "/v1/publications", "List publications by prefix and distribution"),
		func(ctx context.Context, in *Paging) (usecase.List[publications.Publication], error) {
			return s.app.Publications.List(ctx, in.page())
		})
	handle(s, post("create-publication", "/v1/publications", "Make a publication and start its first release", http.StatusAccepted),
		func(ctx context.Context, in *struct{ Body NewPublication }) (Published, error) {
			in.Body.Signing = in.Body.into(in.Body.Signing)
			p, started, err := s.app.Publications.Create(ctx, in.Body.NewPublication)
			return Published{p, started}, err
		})
	handle(s, get("get-publication", place, "Get a publication, with the file that clients need"), func(ctx context.Context, in *struct {
		Place
		At string `query:"at" doc:"A time, for the publication of then: 20261120T120000Z or 2026-11-20T12:00:00Z"`
	}) (publications.PublicationDetail, error) {
		if in.At != "" {
			return s.app.Publications.GetAt(ctx, in.Prefix, in.Distribution, in.At)
		}
		return s.app.Publications.Get(ctx, in.Prefix, in.Distribution)
	})
	handle(s, get("list-publication-packages", place+"/packages", "List the packages of a publication"), func(ctx context.Context, in *struct {
		Place
		Terms
		Paging
		At string `query:"at" doc:"A time, for the packages of then"`
	}) (usecase.List[collections.Package], error) {
		ref := collections.Ref{Kind: collections.Published, Name: in.Prefix, Distribution: in.Distribution}
		if in.At != "" {
			var err error
			if ref.At, err = usecase.ParseInstant("at", in.At); err != nil {
				return usecase.List[collections.Package]{}, err
			}
		}
		return s.app.Collections.Packages(ctx, ref, in.terms(), in.page())
	})
	handle(s, huma.Operation{OperationID: "edit-publication", Method: http.MethodPatch, Path: place, DefaultStatus: http.StatusAccepted,
		Summary: "Give a publication other sources or options and start its next release"}, func(ctx context.Context, in *struct {
		Place
		Body PublicationEdit
	}) (usecase.Activity, error) {
		in.Body.Signing = in.Body.into(in.Body.Signing)
		return s.app.Publications.Update(ctx, in.Prefix, in.Distribution, in.Body.PublicationEdit)
	})
	handleEmpty(s, remove("drop-publication", place, "End a publication; its past times are served on"), func(ctx context.Context, in *Place) error {
		return s.app.Publications.Drop(ctx, in.Prefix, in.Distribution)
	})
	handle(s, post("publish", place+"/publish", "Start the next release, with what the sources have now", http.StatusAccepted), func(ctx context.Context, in *struct {
		Place
		Body *PublishRequest
	}) (usecase.Activity, error) {
		return s.app.Publications.Update(ctx, in.Prefix, in.Distribution, publications.PublicationEdit{Rebuild: in.Body != nil && in.Body.Rebuild})
	})
	handle(s, get("list-releases", place+"/releases", "List the releases of a publication, newest first"), func(ctx context.Context, in *struct {
		Place
		Paging
	}) (usecase.List[publications.Release], error) {
		return s.app.Publications.Releases(ctx, in.Prefix, in.Distribution, in.page())
	})
	handle(s, put("retain-publication", place+"/retention", "Set which past releases of a publication are kept"), func(ctx context.Context, in *struct {
		Place
		Body collections.Retention
	}) (publications.Publication, error) {
		return s.app.Publications.Retain(ctx, in.Prefix, in.Distribution, in.Body)
	})
	s.stagedSources()
}
