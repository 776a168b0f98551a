package people

import (
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func personInvite(p *command.Program) *cobra.Command {
	var in people.NewInvitation
	return command.Create(p, command.Spec{
		Use:   "invite EMAIL",
		Short: "Invite a person",
		Long: `Invite a person, who then chooses a password. No mail is sent: pass on the shown code
yourself. Whoever has it can accept within 14 days.`,
		Example: "  aptarium person invite ann@example.org --role Auditor",
		Flags: func(f command.Flags) {
			f.String(&in.Name, "name", "name of the person (default: the part of the address before the @)")
			f.Strings(&in.Roles, "role", "role of the person; may be given several times (default GlobalAdmin)", roles)
		},
	}, routes.InvitePerson, &in, &in.Email, func(r *command.Run, made people.Invitation) {
		r.Print("Invited %s until %s with the code %s", made.Email, made.ExpiresAt.Format(time.DateOnly), made.Code)
	})
}

func personInvitations(p *command.Program) *cobra.Command {
	return command.List(p, command.Spec{
		Use: "invitations", Short: "List open invitations and their codes", Example: "  aptarium person invitations", Limit: true,
	}, command.Every(routes.ListInvitations), "EMAIL NAME ROLES EXPIRES CODE", func(in people.Invitation) []string {
		return []string{in.Email, in.Name, strings.Join(in.Roles, ","), in.ExpiresAt.Format(time.DateOnly), in.Code}
	})
}

func personAccept(p *command.Program) *cobra.Command {
	var in routes.Acceptance
	var file string
	return command.Answer(p, command.Spec{
		Use:   "accept CODE",
		Short: "Accept an invitation",
		Long: `Accept an invitation and set your password: from --password-file, or typed on the
terminal, or else generated and shown only now. You need no token, only the server's
address.`,
		Example: "  aptarium person accept 0GS7553JW74RRM612K02 --server https://apt.example.org",
		Flags:   func(f command.Flags) { definePassword(f, &file) },
	}, func(r *command.Run) (accepted personWithSecret, err error) {
		in.Code = r.Args[0]
		if in.Password, accepted.Secret, err = readPassword(p, file); err != nil {
			return accepted, err
		}
		accepted.Person, err = command.Call(r, routes.AcceptInvitation, routes.Send(in))
		return accepted, err
	}, func(r *command.Run, accepted personWithSecret) {
		r.Print("You are %s with the roles %s.", accepted.Email, strings.Join(accepted.Roles, ", "))
		if accepted.Secret != "" {
			r.Print("Your password is %s", accepted.Secret)
		}
	})
}

func personWithdraw(p *command.Program) *cobra.Command {
	invited := func(r *command.Run) iter.Seq2[string, error] {
		return command.NamesOf(command.All(r, routes.ListInvitations, routes.Paging{}), func(in people.Invitation) string { return in.Email })
	}
	return command.Do(p, command.Spec{
		Use: "withdraw EMAIL", Short: "Withdraw an invitation", Example: "  aptarium person withdraw ann@example.org", Complete: []command.Words{invited},
	}, routes.WithdrawInvitation, func(r *command.Run) routes.WithdrawInvitationInput {
		return routes.WithdrawInvitationInput{Email: r.Args[0]}
	}, "Withdrew the invitation of %s.")
}
