package people

import (
	"time"

	"github.com/spf13/cobra"

	"iter"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func token(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "token", Short: "Manage API tokens", Example: `  aptarium token create ci --role publisher --valid-for 1y
  aptarium token revoke ci`},
		tokenCreate(p), tokenList(p), tokenRevoke(p))
}

func tokenCreate(p *command.Program) *cobra.Command {
	var in routes.NewToken
	return command.Create(p, command.Spec{
		Use:   "create NAME --role ROLE",
		Short: "Create a token and show it once",
		Long: `Create a token; it is shown only now. A reader sees everything except secrets, a
publisher fills and publishes archives with the existing keys, and an admin may do
everything.`,
		Example: "  export APTARIUM_TOKEN=$(aptarium token create ci --role publisher --valid-for 90d)",
		Flags: func(f command.Flags) {
			f.String(&in.Role, "role", "admin, publisher or reader", command.OneOf("admin", "publisher", "reader"))
			f.Var((*command.Duration)(&in.ValidFor), "valid-for", "how long the token is valid: 36h, 90d, 1y (default: without end)")
		},
	}, routes.CreateToken, &in, &in.Name, func(r *command.Run, t routes.CreatedToken) { r.Print("%s", t.Secret) })
}

func tokenList(p *command.Program) *cobra.Command {
	return command.List(p, command.Spec{Use: "list", Short: "List tokens, including revoked ones", Example: "  aptarium token list"},
		command.Every(routes.ListTokens), "NAME ROLE CREATED USED STATE", func(t people.Token) []string {
			return []string{t.Name, t.Role, command.Age(t.CreatedAt), command.Age(t.LastUsedAt), tokenState(t)}
		})
}

func tokenState(t people.Token) string {
	switch {
	case !t.RevokedAt.IsZero():
		return "revoked"
	case t.ExpiresAt.IsZero():
		return "valid"
	case time.Now().After(t.ExpiresAt):
		return "expired"
	}
	return "valid until " + t.ExpiresAt.Format(time.DateOnly)
}

func tokenRevoke(p *command.Program) *cobra.Command {
	valid := func(r *command.Run) iter.Seq2[string, error] {
		return command.NamesOf(command.All(r, routes.ListTokens, routes.Paging{}), func(t people.Token) string {
			if !t.RevokedAt.IsZero() {
				return ""
			}
			return t.Name
		})
	}
	return command.Do(p, command.Spec{
		Use: "revoke NAME", Short: "Revoke a token", Example: "  aptarium token revoke ci", Complete: []command.Words{valid},
	}, routes.RevokeToken, command.Named, "Revoked the token %s.")
}
