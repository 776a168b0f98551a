package cli

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// keypair is the commands about what programs of persons sign with.
func (p *program) keypair() *cobra.Command {
	return group(&cobra.Command{Use: "keypair", Short: "Manage key pairs for Landscape's API", Example: `  aptarium keypair create ann@example.org
  aptarium keypair list
  aptarium keypair revoke 0GS7553JW74RRM612K02`},
		p.keypairCreate(), p.keypairList(), p.keypairRevoke())
}

func (p *program) keypairCreate() *cobra.Command {
	return &cobra.Command{
		Use:   "create EMAIL",
		Short: "Create a key pair and show its secret",
		Long: `Make a key pair for a person. It is written as the variables that landscape-api
reads, and its secret is shown this once.`,
		Example: "  export $(aptarium keypair create ann@example.org)",
		Args:    exactly("EMAIL"), ValidArgsFunction: only(1, p.emails()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			pair, err := client.Call(c.Context(), s.Client, routes.CreateKeyPair, routes.Send(routes.NewKeyPair{Person: args[0]}))
			if err != nil {
				return err
			}
			return p.show(pair, func(w io.Writer) {
				fmt.Fprintf(w, "LANDSCAPE_API_KEY=%s\nLANDSCAPE_API_SECRET=%s\n", pair.AccessKey, pair.SecretKey)
			})
		},
	}
}

// keyPairs goes through key pairs.
func keyPairs(ctx context.Context, s *session, person string) iter.Seq2[people.KeyPair, error] {
	return client.All(ctx, s.Client, routes.ListKeyPairs, routes.ListKeyPairsInput{Person: person})
}

func (p *program) keypairList() *cobra.Command {
	var person string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List key pairs, including revoked ones", Example: "  aptarium keypair list --person ann@example.org",
		Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&person, "person", "", "only those of the person with this mail address")
	defineLimit(c, &limit)
	completeFlag(c, "person", p.emails())
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		return table(p, some(keyPairs(c.Context(), s, person), limit), "KEY PERSON CREATED USED STATE", func(k people.KeyPair) []string {
			state := "valid"
			if !k.RevokedAt.IsZero() {
				state = "revoked"
			}
			return []string{k.AccessKey, k.Person, age(k.CreatedAt), age(k.LastUsedAt), state}
		})
	}
	return c
}

func (p *program) keypairRevoke() *cobra.Command {
	keys := p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		return words(keyPairs(ctx, s, ""), func(k people.KeyPair) string { return k.AccessKey })
	})
	return &cobra.Command{
		Use: "revoke KEY", Short: "Revoke a key pair", Example: "  aptarium keypair revoke 0GS7553JW74RRM612K02",
		Args: exactly("KEY"), ValidArgsFunction: only(1, keys),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return p.done(client.Do(c.Context(), s.Client, routes.RevokeKeyPair, routes.RevokeKeyPairInput{AccessKey: args[0]}), "Revoked the key pair %s.", args[0])
		},
	}
}
