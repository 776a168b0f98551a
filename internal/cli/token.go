package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// token is the commands about access tokens.
func (p *program) token() *cobra.Command {
	return group(&cobra.Command{Use: "token", Short: "Manage API tokens", Example: `  aptarium token create ci --role publisher --valid-for 1y
  aptarium token revoke ci`},
		p.tokenCreate(), p.tokenList(), p.tokenRevoke())
}

func (p *program) tokenCreate() *cobra.Command {
	var in routes.NewToken
	var validFor duration
	c := &cobra.Command{
		Use:   "create NAME --role ROLE",
		Short: "Create a token and show it once",
		Long: `Make a token; it is shown this once. A reader sees everything but secrets, a
publisher fills and publishes archives with the keys that are there, and an admin
does everything.`,
		Example: "  export APTARIUM_TOKEN=$(aptarium token create ci --role publisher --valid-for 90d)",
		Args:    exactly("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Role, "role", "", "admin, publisher or reader")
	c.Flags().Var(&validFor, "valid-for", "how long it is valid: 36h, 90d, 1y (default: for ever)")
	completeFlag(c, "role", oneOf("admin", "publisher", "reader"))
	c.RunE = func(c *cobra.Command, args []string) error {
		if in.Role == "" {
			return usage(c, "--role is missing: admin, publisher or reader")
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Name, in.ValidFor = args[0], time.Duration(validFor)
		t, err := client.Call(c.Context(), s.Client, routes.CreateToken, routes.Send(in))
		if err != nil {
			return err
		}
		return p.show(t, func(w io.Writer) { fmt.Fprintln(w, t.Secret) })
	}
	return c
}

func (p *program) tokenList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List tokens, including revoked ones", Example: "  aptarium token list", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			all := client.All(c.Context(), s.Client, routes.ListTokens, routes.Paging{})
			return table(p, all, "NAME ROLE CREATED USED STATE", func(t people.Token) []string {
				return []string{t.Name, t.Role, age(t.CreatedAt), age(t.LastUsedAt), tokenState(t)}
			})
		},
	}
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

func (p *program) tokenRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke NAME", Short: "Revoke a token", Example: "  aptarium token revoke ci", Args: exactly("NAME"), ValidArgsFunction: only(1, p.tokenNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return p.done(client.Do(c.Context(), s.Client, routes.RevokeToken, routes.Named{Name: args[0]}), "Revoked the token %s.", args[0])
		},
	}
}
