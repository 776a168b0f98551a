package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/profiles"
)

type associationParameters struct {
	Name         string   `param:"name" doc:"The name of the profile."`
	Tags         []string `param:"tags,optional" doc:"Tags of computers; or else all_computers."`
	AllComputers bool     `param:"all_computers,optional" default:"false" doc:"All computers of the access group; or else tags."`
}

func (in associationParameters) association() profiles.Association {
	return profiles.Association{Tags: in.Tags, AllComputers: in.AllComputers}
}

func associateRepositoryProfile(ctx context.Context, c *call, in associationParameters) (any, error) {
	return answerProfile(c.app.Profiles.Associate(ctx, in.Name, in.association()))
}

func disassociateRepositoryProfile(ctx context.Context, c *call, in associationParameters) (any, error) {
	return answerProfile(c.app.Profiles.Disassociate(ctx, in.Name, in.association()))
}

type profilePocketsParameters struct {
	Name         string   `param:"name" doc:"The name of the profile."`
	Pockets      []string `param:"pockets" doc:"The names of the pockets."`
	Series       string   `param:"series" doc:"The series of the pockets."`
	Distribution string   `param:"distribution" doc:"The distribution of the series."`
}

func (in profilePocketsParameters) pockets() profiles.SeriesPockets {
	return profiles.SeriesPockets{Distribution: in.Distribution, Series: in.Series, Pockets: in.Pockets}
}

func addPocketsToRepositoryProfile(ctx context.Context, c *call, in profilePocketsParameters) (any, error) {
	return answerProfile(c.app.Profiles.AddPockets(ctx, in.Name, in.pockets()))
}

func removePocketsFromRepositoryProfile(ctx context.Context, c *call, in profilePocketsParameters) (any, error) {
	return answerProfile(c.app.Profiles.RemovePockets(ctx, in.Name, in.pockets()))
}

type profileSourcesParameters struct {
	Name       string   `param:"name" doc:"The name of the profile."`
	APTSources []string `param:"apt_sources" doc:"The names of the APT sources."`
}

func addAPTSourcesToRepositoryProfile(ctx context.Context, c *call, in profileSourcesParameters) (any, error) {
	return answerProfile(c.app.Profiles.AddSources(ctx, in.Name, in.APTSources))
}

func removeAPTSourcesFromRepositoryProfile(ctx context.Context, c *call, in profileSourcesParameters) (any, error) {
	return answerProfile(c.app.Profiles.RemoveSources(ctx, in.Name, in.APTSources))
}

func removeAPTSourceFromRepositoryProfile(ctx context.Context, c *call, in struct {
	Name      string `param:"name" doc:"The name of the profile."`
	APTSource string `param:"apt_source" doc:"The name of the APT source."`
}) (any, error) {
	return answerProfile(c.app.Profiles.RemoveSources(ctx, in.Name, []string{in.APTSource}))
}
