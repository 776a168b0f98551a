package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/problem"
)

// person is the commands about people.
func (p *program) person() *cobra.Command {
	return group(&cobra.Command{Use: "person", Short: "Manage persons and their roles", Example: `  aptarium person create ann@example.org --name "Ann Lee" --role GlobalAdmin
  aptarium person list --state enabled
  aptarium person disable ann@example.org`},
		p.personCreate(), p.personList(), p.personShow(), p.personEdit(), p.personDisable(), p.personEnable(),
		p.personInvite(), p.personInvitations(), p.personAccept(), p.personWithdraw())
}

// passwordFlag says where a password comes from.
type passwordFlag struct{ file string }

func (f *passwordFlag) define(c *cobra.Command) {
	c.Flags().StringVar(&f.file, "password-file", "", "file with the password in its first line; - is standard input")
}

// read gives the password of the file, or asks for it on a terminal, or makes one:
// then it is to be shown.
func (f *passwordFlag) read(p *program) (password string, made bool, err error) {
	if f.file != "" {
		password, err = p.passphrase(f.file)
		if err == nil && password == "" {
			err = problem.New(problem.Invalid, "there is no password in the first line").In(f.file)
		}
		return password, false, err
	}
	terminal, ok := p.in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return rand.Text(), true, nil
	}
	ask := func(what string) (string, error) {
		fmt.Fprint(p.err, what)
		typed, err := term.ReadPassword(int(terminal.Fd()))
		fmt.Fprintln(p.err)
		return string(typed), err
	}
	if password, err = ask("Password (empty: one is made): "); err != nil || password == "" {
		return rand.Text(), true, err
	}
	again, err := ask("The same again: ")
	if err == nil && again != password {
		err = problem.New(problem.Invalid, "the passwords differ").In("password")
	}
	return password, false, err
}

func (p *program) personCreate() *cobra.Command {
	var in people.NewPerson
	var from passwordFlag
	c := &cobra.Command{
		Use:   "create EMAIL",
		Short: "Create a person who can log in",
		Long: `Make a person, with a password to log in with: that of --password-file, else one
that is asked for on a terminal, else one that is made and shown this once. Programs
of the person need key pairs: see aptarium keypair.`,
		Example: `  aptarium person create ann@example.org --name "Ann Lee" --role GlobalAdmin
  aptarium person create bob@example.org --role Auditor --password-file password`,
		Args: exactly("EMAIL"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Name, "name", "", "name of the person (default: the part of the address before the @)")
	c.Flags().StringArrayVar(&in.Roles, "role", nil, "role of the person; may be given many times")
	from.define(c)
	completeFlag(c, "role", p.roleNames())
	c.RunE = func(c *cobra.Command, args []string) error {
		var made bool
		var err error
		if in.Password, made, err = from.read(p); err != nil {
			return err
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		in.Email = args[0]
		person, err := client.Call(c.Context(), s.Client, routes.CreatePerson, routes.Send(in))
		if err != nil {
			return err
		}
		if !made {
			return p.show(person, func(w io.Writer) { fmt.Fprintf(w, "Made the person %s.\n", person.Email) })
		}
		shown := struct {
			people.Person
			Secret string `json:"generated_password"`
		}{person, in.Password}
		return p.show(shown, func(w io.Writer) {
			fmt.Fprintf(w, "Made the person %s with the password %s\n", person.Email, in.Password)
		})
	}
	return c
}

// people goes through persons.
func eachPerson(ctx context.Context, s *session, in routes.ListPersonsInput) iter.Seq2[people.Person, error] {
	return client.All(ctx, s.Client, routes.ListPersons, in)
}

// emails completes mail addresses of persons.
func (p *program) emails() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		return words(eachPerson(ctx, s, routes.ListPersonsInput{}), func(person people.Person) string { return person.Email })
	})
}

func (p *program) personList() *cobra.Command {
	var in routes.ListPersonsInput
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List persons", Example: "  aptarium person list --role GlobalAdmin", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Role, "role", "", "only those who have this role")
	c.Flags().StringVar(&in.State, "state", "", "only those that are enabled, or disabled")
	defineLimit(c, &limit)
	completeFlag(c, "role", p.roleNames())
	completeFlag(c, "state", oneOf("enabled", "disabled"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		return table(p, some(eachPerson(c.Context(), s, in), limit), "ID EMAIL NAME ROLES STATE", func(person people.Person) []string {
			return []string{fmt.Sprint(person.ID), person.Email, person.Name, strings.Join(person.Roles, ","), personState(person)}
		})
	}
	return c
}

func personState(p people.Person) string {
	if p.DisabledAt.IsZero() {
		return "enabled"
	}
	return "disabled"
}

func (p *program) personShow() *cobra.Command {
	return &cobra.Command{
		Use: "show EMAIL", Short: "Show a person", Example: "  aptarium person show ann@example.org", Args: exactly("EMAIL"), ValidArgsFunction: only(1, p.emails()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			person, err := client.Call(c.Context(), s.Client, routes.GetPerson, routes.PersonRef{Person: args[0]})
			if err != nil {
				return err
			}
			return p.show(person, func(w io.Writer) { showPerson(w, person) })
		},
	}
}

func showPerson(w io.Writer, p people.Person) {
	password := "none"
	if p.Password {
		password = "set"
	}
	details(w, "Email", p.Email, "Name", p.Name, "Roles", strings.Join(p.Roles, ", "), "Password", password, "Created", moment(p.CreatedAt), "State", personState(p))
}

func (p *program) personEdit() *cobra.Command {
	var name string
	var roles []string
	var from passwordFlag
	var ask bool
	c := &cobra.Command{
		Use:   "edit EMAIL",
		Short: "Change a person",
		Long: `Change the name, roles or password of a person; what is not said stays. The roles
are all that the person has then. Another password ends the person's sessions.`,
		Example: `  aptarium person edit ann@example.org --role Auditor --role Webmaster
  aptarium person edit ann@example.org --password`,
		Args: exactly("EMAIL"), ValidArgsFunction: only(1, p.emails()),
	}
	c.Flags().StringVar(&name, "name", "", "name of the person")
	c.Flags().StringArrayVar(&roles, "role", nil, "role of the person; may be given many times, and --role '' takes all away")
	c.Flags().BoolVar(&ask, "password", false, "give another password: asked for on a terminal, else made and shown")
	from.define(c)
	completeFlag(c, "role", p.roleNames())
	c.RunE = func(c *cobra.Command, args []string) error {
		var e people.PersonEdit
		if c.Flags().Changed("name") {
			e.Name = &name
		}
		if c.Flags().Changed("role") {
			wanted := []string{}
			for _, role := range roles {
				if role != "" {
					wanted = append(wanted, role)
				}
			}
			e.Roles = &wanted
		}
		made := false
		if ask || from.file != "" {
			password, generated, err := from.read(p)
			if err != nil {
				return err
			}
			e.Password, made = &password, generated
		}
		return p.changePerson(c, args[0], e, func(w io.Writer, person people.Person) {
			showPerson(w, person)
			if made {
				details(w, "New password", *e.Password)
			}
		})
	}
	return c
}

// changePerson makes a change and shows what came of it.
func (p *program) changePerson(c *cobra.Command, ref string, e people.PersonEdit, tell func(io.Writer, people.Person)) error {
	s, err := p.session(c.Context())
	if err != nil {
		return err
	}
	person, err := client.Call(c.Context(), s.Client, routes.EditPerson, routes.EditPersonInput{PersonRef: routes.PersonRef{Person: ref}, Body: e})
	if err != nil {
		return err
	}
	return p.show(person, func(w io.Writer) { tell(w, person) })
}

func (p *program) personDisable() *cobra.Command {
	return &cobra.Command{
		Use: "disable EMAIL", Short: "Disable a person's access", Example: "  aptarium person disable ann@example.org",
		Long: "Lock a person out at once: its sessions end, and its password and key pairs admit no more.",
		Args: exactly("EMAIL"), ValidArgsFunction: only(1, p.emails()),
		RunE: func(c *cobra.Command, args []string) error {
			disabled := true
			return p.changePerson(c, args[0], people.PersonEdit{Disabled: &disabled}, func(w io.Writer, person people.Person) {
				fmt.Fprintf(w, "Disabled %s.\n", person.Email)
			})
		},
	}
}

func (p *program) personEnable() *cobra.Command {
	return &cobra.Command{
		Use: "enable EMAIL", Short: "Enable a person's access again", Example: "  aptarium person enable ann@example.org",
		Args: exactly("EMAIL"), ValidArgsFunction: only(1, p.emails()),
		RunE: func(c *cobra.Command, args []string) error {
			disabled := false
			return p.changePerson(c, args[0], people.PersonEdit{Disabled: &disabled}, func(w io.Writer, person people.Person) {
				fmt.Fprintf(w, "Enabled %s.\n", person.Email)
			})
		},
	}
}
