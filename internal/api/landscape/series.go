package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

func seriesActions() []Action {
	const group = "Series"
	return []Action{
		action(Action{
			Name: "CreateSeries", Group: group,
			Doc: "Create a series in a distribution; with pockets, if some are named, that mirror the upstream's suites MIRROR_SERIES-POCKET, or MIRROR_SERIES for the pocket release. " +
				"Then components, architectures, gpg_key and mirror_uri are needed too.",
			Errors: []string{
				codeUnknownDistribution, codeDuplicateSeries, codeUnknownGPGKey, codeGPGKeyHasNoSecret, codeMissingParameter,
				codeInvalidParameterCombination, codeInvalidParameterValue, codeOperationInProgress, codeUnauthorised,
			},
			Returns: "The series.",
		}, createSeries),
		action(Action{
			Name: "RemoveSeries", Group: group,
			Doc:    "Remove a series with its pockets.",
			Errors: []string{codeUnknownDistribution, codeUnknownSeries, codeOperationInProgress, codeUnauthorised},
		}, removeSeries),
		action(Action{
			Name: "DeriveSeries", Group: group,
			Doc: "Create a series with the pockets of another one in the same distribution. Each has the same components and architectures, and pulls from the pocket of its name there.",
			Errors: []string{
				codeUnknownDistribution, codeUnknownSeries, codeDuplicateSeries, codeEmptySeries, codeInvalidParameterValue,
				codeOperationInProgress, codeUnauthorised,
			},
			Returns: "The new series.",
		}, deriveSeries),
	}
}

// shownSeries is a series as clients see it.
type shownSeries struct {
	Name         string        `json:"name"`
	CreationTime wire.Moment   `json:"creation_time"`
	Pockets      []shownPocket `json:"pockets"`
}

func showSeries(s pockets.Series) shownSeries {
	return shownSeries{Name: s.Name, CreationTime: wire.Moment(s.CreatedAt), Pockets: usecase.Map(s.Pockets, showPocket)}
}

func createSeries(ctx context.Context, c *call, in struct {
	Name          string   `param:"name,name" doc:"The name."`
	Distribution  string   `param:"distribution" doc:"The distribution to create it in."`
	Pockets       []string `param:"pockets,optional" doc:"The names of pockets to create in it."`
	Components    []string `param:"components,optional" doc:"The components of the pockets."`
	Architectures []string `param:"architectures,optional" doc:"The architectures of the pockets; source for source packages."`
	GPGKey        string   `param:"gpg_key,optional" doc:"The name of the key that signs the pockets."`
	MirrorURI     string   `param:"mirror_uri,optional" doc:"The address of the archive to mirror."`
	MirrorSeries  string   `param:"mirror_series,optional" doc:"What the series is called there; if it is empty, the same."`
	MirrorGPGKey  string   `param:"mirror_gpg_key,optional" doc:"The name of the key that signs the archive; if it is empty, the archive keys of the server's system."`
	IncludeUDeb   bool     `param:"include_udeb,optional" default:"false" doc:"Mirror the packages of the installer too."`
}) (any, error) {
	s, err := c.app.Pockets.CreateSeries(ctx, pockets.NewSeries{
		Name: in.Name, Distribution: in.Distribution, Pockets: in.Pockets, Components: in.Components, Architectures: in.Architectures, Key: in.GPGKey,
		MirrorURL: in.MirrorURI, MirrorSeries: in.MirrorSeries, MirrorKey: in.MirrorGPGKey, UDebs: in.IncludeUDeb,
	})
	return showSeries(s), theirWords(err)
}

func removeSeries(ctx context.Context, c *call, in struct {
	Name         string `param:"name" doc:"The name of the series."`
	Distribution string `param:"distribution" doc:"The distribution that it is in."`
}) (any, error) {
	return nil, theirWords(c.app.Pockets.DropSeries(ctx, in.Distribution, in.Name))
}

func deriveSeries(ctx context.Context, c *call, in struct {
	Name         string `param:"name,name" doc:"The name of the new series."`
	Origin       string `param:"origin" doc:"The series whose pockets it is to have."`
	Distribution string `param:"distribution" doc:"The distribution of both."`
}) (any, error) {
	s, err := c.app.Pockets.DeriveSeries(ctx, in.Distribution, in.Origin, in.Name)
	return showSeries(s), theirWords(err)
}
