package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// tokens adds /v1/tokens.
func (s *service) tokens() {
	handle(s, routes.ListTokens, func(ctx context.Context, in *routes.Paging) (usecase.List[people.Token], error) {
		return s.app.People.Tokens(ctx, in.Page())
	})
	handle(s, routes.CreateToken, func(ctx context.Context, in *routes.Body[routes.NewToken]) (routes.CreatedToken, error) {
		token, secret, err := s.app.People.CreateToken(ctx, in.Body.Name, in.Body.Role, in.Body.ValidFor)
		return routes.CreatedToken{Token: token, Secret: secret}, err
	})
	handleEmpty(s, routes.RevokeToken, func(ctx context.Context, in *routes.Named) error {
		return s.app.People.RevokeToken(ctx, in.Name)
	})
}
