package rest

import (
	"context"
	"net/http"

	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// aptSources adds /v1/apt-sources.
func (s *service) aptSources() {
	const one = "/v1/apt-sources/{name}"
	handle(s, get("list-apt-sources", "/v1/apt-sources", "List APT sources by name"), func(ctx context.Context, in *struct {
		Paging
		Profile     string `query:"profile" doc:"That the repository profile of this name has"`
		AccessGroup string `query:"access_group"`
		Text        string `query:"q" doc:"In the name or the line, whatever the case" maxLength:"200"`
	}) (usecase.List[profiles.APTSource], error) {
		return s.app.Profiles.APTSources(ctx, profiles.APTSourceFilter{Profile: in.Profile, AccessGroup: in.AccessGroup, Text: in.Text}, in.page())
	})
	handle(s, post("create-apt-source", "/v1/apt-sources", "Keep a line of sources.list for an archive elsewhere", http.StatusCreated), func(ctx context.Context, in *struct{ Body profiles.NewAPTSource }) (profiles.APTSource, error) {
		return s.app.Profiles.CreateAPTSource(ctx, in.Body)
	})
	handle(s, get("get-apt-source", one, "Get an APT source"), func(ctx context.Context, in *Named) (profiles.APTSource, error) {
		return s.app.Profiles.APTSource(ctx, in.Name)
	})
	handle(s, patch("edit-apt-source", one, "Change the line or the key of an APT source"), func(ctx context.Context, in *struct {
		Named
		Body profiles.APTSourceEdit
	}) (profiles.APTSource, error) {
		return s.app.Profiles.EditAPTSource(ctx, in.Name, in.Body)
	})
	handleEmpty(s, remove("drop-apt-source", one, "Forget an APT source that no repository profile has"), func(ctx context.Context, in *Named) error {
		return s.app.Profiles.DropAPTSources(ctx, in.Name)
	})
}
