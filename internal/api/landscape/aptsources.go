package landscape

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

func aptSourceActions() []Action {
	const group = "APT sources"
	return []Action{
		action(Action{
			Name: "CreateAPTSource", Group: group,
			Doc: "Create an APT source: a line of sources.list for an archive elsewhere.",
			Errors: []string{
				codeDuplicateAPTSource, codeInvalidAPTLine, codeUnknownGPGKey, codeUnknownAccessGroup, codeInvalidParameterValue, codeUnauthorised,
			},
			Returns: "The APT source, whose line is called uri too.",
		}, createAPTSource),
		action(Action{
			Name: "GetAPTSources", Group: group,
			Doc:     "List APT sources by name: all, or those that are named. A name that is not known is passed over.",
			Returns: "A list of APT sources, with the names of the repository profiles that have them.",
		}, getAPTSources),
		action(Action{
			Name: "RemoveAPTSource", Group: group,
			Doc:    "Remove an APT source that no repository profile has.",
			Errors: []string{codeUnknownAPTSource, codeAPTSourceInUse, codeUnauthorised},
		}, removeAPTSource),
		action(Action{
			Name: "RemoveAPTSources", Group: group,
			Doc:    "Remove APT sources that no repository profile has: all that are named, or with an error none. Deprecated: use RemoveAPTSource.",
			Errors: []string{codeUnknownAPTSource, codeAPTSourceInUse, codeUnauthorised},
		}, removeAPTSources),
	}
}

// shownAPTSource is an APT source as clients see it.
type shownAPTSource struct {
	ID          int64    `json:"id"`
	Name        string   `json:"name"`
	AccessGroup string   `json:"access_group"`
	Line        string   `json:"line"`
	URI         string   `json:"uri,omitempty"` // the line, as only the answer of CreateAPTSource calls it too
	GPGKey      *string  `json:"gpg_key"`       // the name
	Profiles    []string `json:"profiles,omitempty"`
}

func showAPTSource(s profiles.APTSource) shownAPTSource {
	return shownAPTSource{ID: s.ID, Name: s.Name, AccessGroup: s.AccessGroup, Line: s.Line, GPGKey: orNull(s.Key), Profiles: s.Profiles}
}

func createAPTSource(ctx context.Context, c *call, in struct {
	Name        string `param:"name,name" doc:"The name."`
	APTLine     string `param:"apt_line,line" doc:"The line: deb, options in brackets, the URI, the suite and the components."`
	GPGKey      string `param:"gpg_key,optional" doc:"The name of the key that signs the archive; if it is empty, one that computers know."`
	AccessGroup string `param:"access_group,optional" default:"global" doc:"The access group that it belongs to."`
}) (any, error) {
	s, err := c.app.Profiles.CreateAPTSource(ctx, profiles.NewAPTSource{Name: in.Name, Line: in.APTLine, Key: in.GPGKey, AccessGroup: in.AccessGroup})
	shown := showAPTSource(s)
	shown.URI = s.Line
	return shown, theirWords(err)
}

func getAPTSources(ctx context.Context, c *call, in struct {
	Names []string `param:"names,optional" doc:"The names of the APT sources; all if there are none."`
}) (any, error) {
	return every(ctx, func(ctx context.Context, page usecase.Page) (usecase.List[profiles.APTSource], error) {
		return c.app.Profiles.APTSources(ctx, profiles.APTSourceFilter{Names: in.Names}, page)
	}, showAPTSource)
}

func removeAPTSource(ctx context.Context, c *call, in struct {
	Name string `param:"name" doc:"The name of the APT source."`
}) (any, error) {
	return nil, c.app.Profiles.DropAPTSources(ctx, in.Name)
}

func removeAPTSources(ctx context.Context, c *call, in struct {
	Names []string `param:"names" doc:"The names of the APT sources."`
}) (any, error) {
	return nil, c.app.Profiles.DropAPTSources(ctx, in.Names...)
}
