package aptly

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// newPublished is the body of a first publish.
type newPublished struct {
	SourceKind                  string   `binding:"required"`
	Sources                     []source `binding:"required"`
	Distribution, Label, Origin string
	Architectures               []string
	ForceOverwrite              bool
	Signing                     signing
	NotAutomatic                string
	ButAutomaticUpgrades        string
	SkipContents, SkipBz2       *bool
	SkipCleanup                 *bool
	AcquireByHash               *bool
	SignedBy, Version           *string
	MultiDist                   *bool
}

func createPublished(c *call, in newPublished) (answer, error) {
	where, endpoint, err := c.newPlace()
	if err != nil {
		return answer{}, err
	}
	if len(in.Sources) == 0 {
		return answer{}, fail(http.StatusBadRequest, "unable to publish: sources are empty")
	}
	refs, resources, err := c.sources(in.SourceKind, in.Sources)
	if err != nil {
		return answer{}, as(err, problem.NotFound, http.StatusNotFound, "unable to publish: ")
	}
	wanted, err := c.newPublication(in, endpoint, where, refs)
	if err != nil {
		return answer{}, err
	}
	resources = append(resources, publishResources(publications.Publication{Endpoint: endpoint, Prefix: where.prefix, Distribution: wanted.Distribution, Options: wanted.Options}, c.service)...)
	name := fmt.Sprintf("Publish %s repository %s/%s with components %q and sources %q", in.SourceKind, where, wanted.Distribution, componentsOf(wanted.Sources), usecase.Map(in.Sources, func(s source) string { return s.Name }))
	return c.task(name, resources, func(ctx context.Context, run usecase.JobRun) (answer, error) {
		p, started, err := c.service.app.Publications.Create(ctx, wanted)
		if problem.Is(err, problem.Conflict) {
			text := "prefix/distribution already used by another published repo: " + where.String() + "/" + wanted.Distribution
			return answer{}, fail(http.StatusBadRequest, "%s", text)
		}
		if err != nil {
			return answer{}, publishFailed(err, "publish")
		}
		if err := c.service.follow(ctx, started, run); err != nil {
			// As in aptly there is no publication without its first release.
			_ = c.service.app.Publications.Drop(context.WithoutCancel(ctx), p.Place(), p.Distribution)
			return answer{}, publishFailed(err, "publish")
		}
		done, err := c.service.app.Publications.Get(ctx, p.Place(), p.Distribution)
		return answer{http.StatusCreated, c.service.showPublished(done.Publication)}, err
	})
}

// newPlace returns the place of a first publish, by default the root, and its endpoint,
// which must exist.
func (c *call) newPlace() (where place, endpoint string, err error) {
	where = place{prefix: "."}
	if _, given := c.parameters["prefix"]; given {
		if where, err = c.place(); err != nil {
			return where, "", err
		}
	}
	endpoint, err = c.service.endpointOf(where.storage)
	if err != nil || endpoint == builtIn {
		return where, endpoint, err
	}
	if _, err = c.service.app.Publications.EndpointDirectory(c.Context(), endpoint); problem.Is(err, problem.NotFound) {
		err = fail(http.StatusBadRequest, "published storage %s not configured: `aptarium endpoint create` makes one", where.storage)
	}
	return where, endpoint, err
}

// newPublication returns the publication of a call. It guesses missing settings from the
// sources, as aptly does.
func (c *call) newPublication(in newPublished, endpoint string, where place, refs []string) (publications.NewPublication, error) {
	guess, err := c.service.app.Publications.Guess(c.Context(), refs)
	if err != nil {
		return publications.NewPublication{}, as(err, problem.Invalid, http.StatusBadRequest, "unable to publish: ")
	}
	wanted := publications.NewPublication{
		Endpoint: endpoint, Prefix: where.prefix, Sources: guess.Sources,
		ForceOverwrite: in.ForceOverwrite, Signing: c.signing(in.Signing),
	}
	if wanted.Distribution = cmp.Or(in.Distribution, guess.Distribution); wanted.Distribution == "" {
		return wanted, fail(http.StatusInternalServerError, "unable to guess distribution name, please specify explicitly")
	}
	o := &wanted.Options
	o.Label, o.Origin = in.Label, cmp.Or(in.Origin, guess.Origin)
	o.NotAutomatic = in.NotAutomatic == "yes" || in.NotAutomatic == "" && guess.NotAutomatic
	o.ButAutomaticUpgrades = in.ButAutomaticUpgrades == "yes" || in.ButAutomaticUpgrades == "" && guess.ButAutomaticUpgrades
	o.Architectures = in.Architectures
	if len(o.Architectures) == 0 {
		o.Architectures = guess.Architectures
	}
	if len(o.Architectures) == 0 {
		return wanted, fail(http.StatusInternalServerError, "unable to figure out list of architectures, please supply explicit list")
	}
	c.service.applyOptions(o, in.SkipContents, in.SkipBz2, in.AcquireByHash, in.MultiDist, in.SignedBy, in.Version)
	return wanted, nil
}

// applyOptions sets the options of releases from a call.
func (s *service) applyOptions(o *publications.PublishOptions, skipContents, skipBz2, byHash, multiDist *bool, signedBy, version *string) {
	noContents, noBz2 := s.options.Config.SkipContents, s.options.Config.SkipBz2
	set(&noContents, skipContents)
	set(&noBz2, skipBz2)
	o.Contents = ""
	if !noContents {
		o.Contents = "both"
	}
	o.Formats = []publications.Format{"gz", "bz2"}
	if noBz2 {
		o.Formats = o.Formats[:1]
	}
	o.Sums.MD5, o.Sums.SHA1, o.Sums.SHA512 = true, true, true
	o.DirectoryReleases, o.NamedByPlace = true, true
	o.NoByHash = byHash == nil || !*byHash
	o.MultiDist = multiDist != nil && *multiDist
	set(&o.SignedBy, signedBy)
	set(&o.Version, version)
}

func componentsOf(sources []string) []string {
	return usecase.Map(showSources(sources), func(s source) string { return s.Component })
}
