package people

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func person(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "person", Short: "Manage persons and their roles", Example: `  aptarium person create ann@example.org --name "Ann Lee" --role GlobalAdmin
  aptarium person list --state enabled
  aptarium person disable ann@example.org`},
		personCreate(p), personList(p), personShow(p), personEdit(p), personDisable(p), personEnable(p),
		personInvite(p), personInvitations(p), personAccept(p), personWithdraw(p))
}

// personWithSecret is a person with the new password, if it was generated.
type personWithSecret struct {
	people.Person
	Secret string `json:"generated_password,omitempty"`
}

func personCreate(p *command.Program) *cobra.Command {
	var in people.NewPerson
	var file string
	return command.Answer(p, command.Spec{
		Use:   "create EMAIL",
		Short: "Create a person who can log in",
		Long: `Create a person with a password: from --password-file, or typed on the terminal, or
else generated and shown only now. Programs of the person need key pairs: see
aptarium keypair.`,
		Example: `  aptarium person create ann@example.org --name "Ann Lee" --role GlobalAdmin
  aptarium person create bob@example.org --role Auditor --password-file password`,
		Flags: func(f command.Flags) {
			f.String(&in.Name, "name", "name of the person (default: the part of the address before the @)")
			f.Strings(&in.Roles, "role", "role of the person; may be given several times", roles)
			definePassword(f, &file)
		},
	}, func(r *command.Run) (made personWithSecret, err error) {
		if in.Password, made.Secret, err = readPassword(p, file); err != nil {
			return made, err
		}
		in.Email = r.Args[0]
		made.Person, err = command.Call(r, routes.CreatePerson, routes.Send(in))
		return made, err
	}, func(r *command.Run, made personWithSecret) {
		if made.Secret == "" {
			r.Print("Created the person %s.", made.Email)
			return
		}
		r.Print("Created the person %s with the password %s", made.Email, made.Secret)
	})
}

// emails completes mail addresses of persons.
func emails(r *command.Run) iter.Seq2[string, error] {
	return command.NamesOf(command.All(r, routes.ListPersons, routes.ListPersonsInput{}), func(p people.Person) string { return p.Email })
}

func personList(p *command.Program) *cobra.Command {
	var in routes.ListPersonsInput
	return command.List(p, command.Spec{
		Use: "list", Short: "List persons", Example: "  aptarium person list --role GlobalAdmin", Limit: true,
		Flags: func(f command.Flags) {
			f.String(&in.Role, "role", "only persons with this role", roles)
			f.String(&in.State, "state", "only enabled or disabled persons", command.OneOf("enabled", "disabled"))
		},
	}, command.Pages(routes.ListPersons, &in),
		"ID EMAIL NAME ROLES STATE", func(p people.Person) []string {
			return []string{strconv.FormatInt(p.ID, 10), p.Email, p.Name, strings.Join(p.Roles, ","), personState(p)}
		})
}

func personState(p people.Person) string {
	if p.DisabledAt.IsZero() {
		return "enabled"
	}
	return "disabled"
}

func personShow(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use: "show EMAIL", Short: "Show a person", Example: "  aptarium person show ann@example.org", Complete: []command.Words{emails},
	}, routes.GetPerson, func(r *command.Run) routes.PersonRef { return routes.PersonRef{Person: r.Args[0]} }, showPerson)
}

func showPerson(r *command.Run, p people.Person) {
	password := "none"
	if p.Password {
		password = "set"
	}
	r.Details("Email", p.Email, "Name", p.Name, "Roles", strings.Join(p.Roles, ", "), "Password", password,
		"Created", command.Moment(p.CreatedAt), "State", personState(p))
}

func personEdit(p *command.Program) *cobra.Command {
	var e people.PersonEdit
	var file string
	var ask bool
	return command.Answer(p, command.Spec{
		Use:   "edit EMAIL",
		Short: "Change a person",
		Long: `Change the name, roles or password of a person; without a flag a setting stays. The
given roles replace all roles. A new password ends the person's sessions.`,
		Example: `  aptarium person edit ann@example.org --role Auditor --role Webmaster
  aptarium person edit ann@example.org --password`,
		Complete: []command.Words{emails},
		Flags: func(f command.Flags) {
			command.Optional(f, f.String, &e.Name, "name", "name of the person")
			command.Optional(f, f.Strings, &e.Roles, "role", "role of the person; may be given several times, and --role '' removes all", roles)
			f.Bool(&ask, "password", "set a new password: typed on a terminal, else generated and shown")
			definePassword(f, &file)
		},
	}, func(r *command.Run) (changed personWithSecret, err error) {
		if e.Roles != nil {
			*e.Roles = slices.DeleteFunc(*e.Roles, func(role string) bool { return role == "" })
		}
		if ask || file != "" {
			e.Password = new(string)
			if *e.Password, changed.Secret, err = readPassword(p, file); err != nil {
				return changed, err
			}
		}
		changed.Person, err = command.Call(r, routes.EditPerson, editPerson(r, e))
		return changed, err
	}, func(r *command.Run, changed personWithSecret) {
		showPerson(r, changed.Person)
		r.Details("New password", changed.Secret)
	})
}

func editPerson(r *command.Run, e people.PersonEdit) routes.EditPersonInput {
	return routes.EditPersonInput{PersonRef: routes.PersonRef{Person: r.Args[0]}, Body: e}
}

func personDisable(p *command.Program) *cobra.Command {
	return setDisabled(p, true, "Disabled %s.", command.Spec{
		Use: "disable EMAIL", Short: "Disable a person's access", Example: "  aptarium person disable ann@example.org",
		Long: "Lock a person out at once: the sessions end, and the password and key pairs are refused.",
	})
}

func personEnable(p *command.Program) *cobra.Command {
	return setDisabled(p, false, "Enabled %s.", command.Spec{
		Use: "enable EMAIL", Short: "Enable a person's access again", Example: "  aptarium person enable ann@example.org",
	})
}

// setDisabled returns a command that disables or enables a person.
func setDisabled(p *command.Program, disabled bool, done string, spec command.Spec) *cobra.Command {
	spec.Complete = []command.Words{emails}
	return command.Ask(p, spec, routes.EditPerson, func(r *command.Run) routes.EditPersonInput {
		return editPerson(r, people.PersonEdit{Disabled: &disabled})
	}, func(r *command.Run, changed people.Person) { r.Print(done, changed.Email) })
}
