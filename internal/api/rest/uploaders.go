package rest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aptarium/aptarium/internal/app"
)

// uploaders adds the rules of whose .changes files a repo takes.
func (s *service) uploaders() {
	const path = "/v1/repos/{name}/uploaders"
	handle(s, get("get-uploaders", path, "Get the rules of whose .changes files a repo takes"), func(ctx context.Context, in *Named) (app.Uploaders, error) {
		return s.app.Uploaders(ctx, in.Name)
	})
	handle(s, put("set-uploaders", path, "Say whose .changes files a repo takes"), func(ctx context.Context, in *struct {
		Named
		Body app.Uploaders
	}) (app.Uploaders, error) {
		rules, err := json.Marshal(in.Body)
		if err != nil {
			return app.Uploaders{}, fmt.Errorf("encoding rules: %w", err)
		}
		if err := s.app.SetUploaders(ctx, in.Name, string(rules)); err != nil {
			return app.Uploaders{}, err
		}
		return s.app.Uploaders(ctx, in.Name)
	})
	handleEmpty(s, remove("drop-uploaders", path, "Take every .changes file whose signature is good"), func(ctx context.Context, in *Named) error {
		return s.app.SetUploaders(ctx, in.Name, "")
	})
}
