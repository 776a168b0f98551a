package rest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aptarium/aptarium/internal/app/repos"
)

// uploaders adds the rules of whose .changes files a repo takes.
func (s *service) uploaders() {
	const path = "/v1/repos/{name}/uploaders"
	handle(s, get("get-uploaders", path, "Get the rules of whose .changes files a repo takes"), func(ctx context.Context, in *Named) (repos.Uploaders, error) {
		return s.app.Repos.Uploaders(ctx, in.Name)
	})
	handle(s, put("set-uploaders", path, "Say whose .changes files a repo takes"), func(ctx context.Context, in *struct {
		Named
		Body repos.Uploaders
	}) (repos.Uploaders, error) {
		rules, err := json.Marshal(in.Body)
		if err != nil {
			return repos.Uploaders{}, fmt.Errorf("encoding rules: %w", err)
		}
		if err := s.app.Repos.SetUploaders(ctx, in.Name, string(rules)); err != nil {
			return repos.Uploaders{}, err
		}
		return s.app.Repos.Uploaders(ctx, in.Name)
	})
	handleEmpty(s, remove("drop-uploaders", path, "Take every .changes file whose signature is good"), func(ctx context.Context, in *Named) error {
		return s.app.Repos.SetUploaders(ctx, in.Name, "")
	})
}
