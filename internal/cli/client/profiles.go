package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Profiles lists repository profiles, by name. The filter's Names stay out of it.
func (c *Client) Profiles(ctx context.Context, f profiles.Filter, p usecase.Page) (usecase.List[profiles.Profile], error) {
	pocket := ""
	if f.Pocket != (pockets.Path{}) {
		pocket = f.Pocket.String()
	}
	return list[profiles.Profile](ctx, c, p, url.Values{"tag": {f.Tag}, "pocket": {pocket}, "apt_source": {f.APTSource}, "access_group": {f.AccessGroup}, "q": {f.Text}}, "profiles")
}

// CreateProfile makes a repository profile.
func (c *Client) CreateProfile(ctx context.Context, in profiles.NewProfile) (profiles.Profile, error) {
	return call[profiles.Profile](ctx, c, request{method: http.MethodPost, path: path("profiles"), body: in})
}

// Profile gives one repository profile.
func (c *Client) Profile(ctx context.Context, name string) (profiles.Profile, error) {
	return call[profiles.Profile](ctx, c, request{method: http.MethodGet, path: path("profiles", name)})
}

// EditProfile changes what people read of a repository profile.
func (c *Client) EditProfile(ctx context.Context, name string, in profiles.ProfileEdit) (profiles.Profile, error) {
	return call[profiles.Profile](ctx, c, request{method: http.MethodPatch, path: path("profiles", name), body: in})
}

// DropProfile forgets a repository profile.
func (c *Client) DropProfile(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("profiles", name)})
}

// AssociateProfile has a repository profile reach more machines.
func (c *Client) AssociateProfile(ctx context.Context, name string, in profiles.Association) (profiles.Profile, error) {
	return call[profiles.Profile](ctx, c, request{method: http.MethodPost, path: path("profiles", name, "associate"), body: in})
}

// DisassociateProfile has a repository profile reach fewer machines.
func (c *Client) DisassociateProfile(ctx context.Context, name string, in profiles.Association) (profiles.Profile, error) {
	return call[profiles.Profile](ctx, c, request{method: http.MethodPost, path: path("profiles", name, "disassociate"), body: in})
}

// AddPocketsToProfile gives pockets of a series to a repository profile.
func (c *Client) AddPocketsToProfile(ctx context.Context, name string, in profiles.SeriesPockets) (profiles.Profile, error) {
	return call[profiles.Profile](ctx, c, request{method: http.MethodPost, path: path("profiles", name, "pockets"), body: in})
}

// RemovePocketFromProfile takes a pocket from a repository profile.
func (c *Client) RemovePocketFromProfile(ctx context.Context, name string, pocket pockets.Path) (profiles.Profile, error) {
	return call[profiles.Profile](ctx, c, request{method: http.MethodDelete, path: path("profiles", name, "pockets", pocket.Distribution, pocket.Series, pocket.Pocket)})
}

// ProfileSources gives what a machine with a repository profile gets.
func (c *Client) ProfileSources(ctx context.Context, name string) (profiles.ProfileSources, error) {
	return call[profiles.ProfileSources](ctx, c, request{method: http.MethodGet, path: path("profiles", name, "sources")})
}

// AddSourcesToProfile gives APT sources to a repository profile.
func (c *Client) AddSourcesToProfile(ctx context.Context, name string, sources []string) (profiles.Profile, error) {
	return call[profiles.Profile](ctx, c, request{method: http.MethodPost, path: path("profiles", name, "apt-sources"), body: routes.SourceNames{APTSources: sources}})
}

// RemoveSourceFromProfile takes an APT source from a repository profile.
func (c *Client) RemoveSourceFromProfile(ctx context.Context, name, source string) (profiles.Profile, error) {
	return call[profiles.Profile](ctx, c, request{method: http.MethodDelete, path: path("profiles", name, "apt-sources", source)})
}

// APTSources lists APT sources, by name. The filter's Names stay out of it.
func (c *Client) APTSources(ctx context.Context, f profiles.APTSourceFilter, p usecase.Page) (usecase.List[profiles.APTSource], error) {
	return list[profiles.APTSource](ctx, c, p, url.Values{"profile": {f.Profile}, "access_group": {f.AccessGroup}, "q": {f.Text}}, "apt-sources")
}

// CreateAPTSource keeps a line of sources.list.
func (c *Client) CreateAPTSource(ctx context.Context, in profiles.NewAPTSource) (profiles.APTSource, error) {
	return call[profiles.APTSource](ctx, c, request{method: http.MethodPost, path: path("apt-sources"), body: in})
}

// APTSource gives one APT source.
func (c *Client) APTSource(ctx context.Context, name string) (profiles.APTSource, error) {
	return call[profiles.APTSource](ctx, c, request{method: http.MethodGet, path: path("apt-sources", name)})
}

// EditAPTSource changes an APT source.
func (c *Client) EditAPTSource(ctx context.Context, name string, in profiles.APTSourceEdit) (profiles.APTSource, error) {
	return call[profiles.APTSource](ctx, c, request{method: http.MethodPatch, path: path("apt-sources", name), body: in})
}

// DropAPTSource forgets an APT source.
func (c *Client) DropAPTSource(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("apt-sources", name)})
}

// SavedSearches lists saved searches, by name: all, or those with a text in the name or
// the title.
func (c *Client) SavedSearches(ctx context.Context, text string, p usecase.Page) (usecase.List[profiles.SavedSearch], error) {
	return list[profiles.SavedSearch](ctx, c, p, url.Values{"q": {text}}, "saved-searches")
}

// CreateSavedSearch keeps a query for machines.
func (c *Client) CreateSavedSearch(ctx context.Context, in profiles.NewSavedSearch) (profiles.SavedSearch, error) {
	return call[profiles.SavedSearch](ctx, c, request{method: http.MethodPost, path: path("saved-searches"), body: in})
}

// SavedSearch gives one saved search.
func (c *Client) SavedSearch(ctx context.Context, name string) (profiles.SavedSearch, error) {
	return call[profiles.SavedSearch](ctx, c, request{method: http.MethodGet, path: path("saved-searches", name)})
}

// EditSavedSearch changes a saved search.
func (c *Client) EditSavedSearch(ctx context.Context, name string, in profiles.SavedSearchEdit) (profiles.SavedSearch, error) {
	return call[profiles.SavedSearch](ctx, c, request{method: http.MethodPatch, path: path("saved-searches", name), body: in})
}

// DropSavedSearch forgets a saved search.
func (c *Client) DropSavedSearch(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("saved-searches", name)})
}
