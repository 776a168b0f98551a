package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// NewToken is a token to be made.
type NewToken struct {
	Name     string        `json:"name"`
	Role     string        `json:"role" enum:"admin,publisher,reader"`
	ValidFor time.Duration `json:"valid_for,omitempty" doc:"Nanoseconds; 0 for ever"`
}

// CreatedToken is a token with its secret, which is told this once.
type CreatedToken struct {
	people.Token
	Secret string `json:"secret" doc:"What its bearer sends"`
}

// tokens adds /v1/tokens.
func (s *service) tokens() {
	handle(s, get("list-tokens", "/v1/tokens", "List tokens, also revoked ones, in the order they were made"), func(ctx context.Context, in *Paging) (usecase.List[people.Token], error) {
		return s.app.People.Tokens(ctx, in.page())
	})
	handle(s, post("create-token", "/v1/tokens", "Make a token", http.StatusCreated), func(ctx context.Context, in *struct{ Body NewToken }) (CreatedToken, error) {
		token, secret, err := s.app.People.CreateToken(ctx, in.Body.Name, in.Body.Role, in.Body.ValidFor)
		return CreatedToken{token, secret}, err
	})
	handleEmpty(s, remove("revoke-token", "/v1/tokens/{name}", "End a token at once"), func(ctx context.Context, in *Named) error {
		return s.app.People.RevokeToken(ctx, in.Name)
	})
}
