package cli

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/client"
)

func (p *program) personInvite() *cobra.Command {
	var in people.NewInvitation
	c := &cobra.Command{
		Use:   "invite EMAIL",
		Short: "Invite a person",
		Long: `Invite somebody, who then chooses a password. No mail is sent: the code that is
shown is to be passed on. Whoever has it can accept within 14 days.`,
		Example: "  aptarium person invite ann@example.org --role Auditor",
		Args:    exactly("EMAIL"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Name, "name", "", "name of the person (default: the part of the address before the @)")
	c.Flags().StringArrayVar(&in.Roles, "role", nil, "role of the person; may be given many times (default GlobalAdmin)")
	completeFlag(c, "role", p.roleNames())
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Email = args[0]
		made, err := client.Call(c.Context(), s.Client, routes.InvitePerson, routes.Send(in))
		if err != nil {
			return err
		}
		return p.show(made, func(w io.Writer) {
			fmt.Fprintf(w, "Invited %s until %s with the code %s\n", made.Email, made.ExpiresAt.Format(time.DateOnly), made.Code)
		})
	}
	return c
}

// invited goes through invitations.
func invited(ctx context.Context, s *session) iter.Seq2[people.Invitation, error] {
	return client.All(ctx, s.Client, routes.ListInvitations, routes.Paging{})
}

func (p *program) personInvitations() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use: "invitations", Short: "List open invitations and their codes", Example: "  aptarium person invitations",
		Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	defineLimit(c, &limit)
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		return table(p, some(invited(c.Context(), s), limit), "EMAIL NAME ROLES EXPIRES CODE", func(in people.Invitation) []string {
			return []string{in.Email, in.Name, strings.Join(in.Roles, ","), in.ExpiresAt.Format(time.DateOnly), in.Code}
		})
	}
	return c
}

func (p *program) personAccept() *cobra.Command {
	var from passwordFlag
	c := &cobra.Command{
		Use:   "accept CODE",
		Short: "Accept an invitation",
		Long: `Accept an invitation, with a password of your own: that of --password-file, else one
that is asked for on a terminal, else one that is made and shown this once. No token is
needed, only the server's address.`,
		Example: "  aptarium person accept 0GS7553JW74RRM612K02 --server https://apt.example.org",
		Args:    exactly("CODE"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	from.define(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		password, made, err := from.read(p)
		if err != nil {
			return err
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		person, err := client.Call(c.Context(), s.Client, routes.AcceptInvitation, routes.Send(routes.Acceptance{Code: args[0], Password: password}))
		if err != nil {
			return err
		}
		return p.show(person, func(w io.Writer) {
			fmt.Fprintf(w, "You are %s with the roles %s.\n", person.Email, strings.Join(person.Roles, ", "))
			if made {
				fmt.Fprintf(w, "Your password is %s\n", password)
			}
		})
	}
	return c
}

func (p *program) personWithdraw() *cobra.Command {
	emails := p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		return words(invited(ctx, s), func(in people.Invitation) string { return in.Email })
	})
	return &cobra.Command{
		Use: "withdraw EMAIL", Short: "Withdraw an invitation", Example: "  aptarium person withdraw ann@example.org",
		Args: exactly("EMAIL"), ValidArgsFunction: only(1, emails),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return p.done(client.Do(c.Context(), s.Client, routes.WithdrawInvitation, routes.WithdrawInvitationInput{Email: args[0]}), "Withdrew the invitation of %s.", args[0])
		},
	}
}
