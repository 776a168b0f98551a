package people

import (
	"iter"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func keypair(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "keypair", Short: "Manage key pairs for Landscape's API", Example: `  aptarium keypair create ann@example.org
  aptarium keypair list
  aptarium keypair revoke 0GS7553JW74RRM612K02`},
		keypairCreate(p), keypairList(p), keypairRevoke(p))
}

func keypairCreate(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use:   "create EMAIL",
		Short: "Create a key pair and show its secret",
		Long: `Create a key pair for a person. It is written as the variables that landscape-api
reads. Its secret is shown only now.`,
		Example:  "  export $(aptarium keypair create ann@example.org)",
		Complete: []command.Words{emails},
	}, routes.CreateKeyPair, func(r *command.Run) routes.Body[routes.NewKeyPair] {
		return routes.Send(routes.NewKeyPair{Person: r.Args[0]})
	}, func(r *command.Run, pair routes.CreatedKeyPair) {
		r.Print("LANDSCAPE_API_KEY=%s\nLANDSCAPE_API_SECRET=%s", pair.AccessKey, pair.SecretKey)
	})
}

func keypairList(p *command.Program) *cobra.Command {
	var in routes.ListKeyPairsInput
	return command.List(p, command.Spec{
		Use: "list", Short: "List key pairs, including revoked ones", Example: "  aptarium keypair list --person ann@example.org", Limit: true,
		Flags: func(f command.Flags) {
			f.String(&in.Person, "person", "only key pairs of the person with this mail address", emails)
		},
	}, command.Pages(routes.ListKeyPairs, &in),
		"KEY PERSON CREATED USED STATE", func(k people.KeyPair) []string {
			state := "valid"
			if !k.RevokedAt.IsZero() {
				state = "revoked"
			}
			return []string{k.AccessKey, k.Person, command.Age(k.CreatedAt), command.Age(k.LastUsedAt), state}
		})
}

func keypairRevoke(p *command.Program) *cobra.Command {
	keys := func(r *command.Run) iter.Seq2[string, error] {
		return command.NamesOf(command.All(r, routes.ListKeyPairs, routes.ListKeyPairsInput{}), func(k people.KeyPair) string { return k.AccessKey })
	}
	return command.Do(p, command.Spec{
		Use: "revoke KEY", Short: "Revoke a key pair", Example: "  aptarium keypair revoke 0GS7553JW74RRM612K02", Complete: []command.Words{keys},
	}, routes.RevokeKeyPair, func(r *command.Run) routes.RevokeKeyPairInput { return routes.RevokeKeyPairInput{AccessKey: r.Args[0]} },
		"Revoked the key pair %s.")
}
