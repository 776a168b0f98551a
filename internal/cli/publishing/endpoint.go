package publishing

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/server"
)

func endpoints(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "endpoint", Short: "Manage endpoints: directories that other servers serve", Example: `  aptarium endpoint create www --directory /srv/www/apt --public-url https://deb.example.org/apt
  aptarium publish create debian bookworm --endpoint www --source mirror:bookworm
  aptarium publish update www:debian bookworm`},
		endpointCreate(p), endpointEdit(p), endpointList(p), endpointShow(p), endpointDrop(p))
}

// endpointFlags are the settings of an endpoint as flags: those of all kinds.
type endpointFlags struct {
	endpoint.Settings
	kinds endpoint.Kinds
}

func (f *endpointFlags) define(flags command.Flags) {
	f.kinds = server.EndpointKinds(nil, server.Seams{})
	names := f.kinds.Names()
	f.Kind = names[0]
	if len(names) > 1 {
		flags.String(&f.Kind, "kind", "one of "+strings.Join(names, ", "), command.OneOf(names...))
	}
	for _, field := range f.kinds.Fields() {
		name := flagOf(field)
		var words []command.Words
		if len(field.Values) > 0 && !field.Path {
			words = append(words, command.OneOf(field.Values...))
		}
		switch to := f.Member(field.Name).(type) {
		case *string:
			flags.String(to, name, field.Usage, words...)
		case *bool:
			flags.Bool(to, name, field.Usage, words...)
		}
		if field.Path {
			flags.Directory(name)
		}
	}
	flags.Bool(&f.Plain, "plain", "write indexes without compression too")
	flags.String(&f.PublicURL, "public-url", "address of the root, as clients reach it")
}

// flagOf returns the name of the flag of a setting.
func flagOf(f endpoint.Field) string { return strings.ReplaceAll(f.Name, "_", "-") }

// need checks that the required flags of the kind are there.
func (f *endpointFlags) need(r *command.Run) error {
	kind, err := f.kinds.Of(f.Kind)
	for _, field := range kind.Fields {
		if field.Required && !f.Has(field.Name) {
			return r.Usage("--%s is missing", flagOf(field))
		}
	}
	return err
}

// apply changes settings as the given flags say. Another kind keeps only the settings of all kinds.
func (f *endpointFlags) apply(r *command.Run, to *endpoint.Settings) (err error) {
	changed := r.Given
	if to.Kind == "" || changed("kind") && to.Kind != f.Kind {
		*to = endpoint.Settings{Kind: f.Kind, Plain: to.Plain, PublicURL: to.PublicURL}
	}
	for _, field := range f.kinds.Fields() {
		if !changed(flagOf(field)) {
			continue
		}
		if path, is := f.Member(field.Name).(*string); is && field.Path {
			if *path, err = filepath.Abs(*path); err != nil {
				return err
			}
		}
		to.Copy(field.Name, f.Settings)
	}
	if changed("plain") {
		to.Plain = f.Plain
	}
	if changed("public-url") {
		to.PublicURL = f.PublicURL
	}
	return nil
}

// required returns the required settings of the kinds, which name the place of an endpoint.
func required(kinds endpoint.Kinds) []endpoint.Field {
	return slices.DeleteFunc(kinds.Fields(), func(f endpoint.Field) bool { return !f.Required || f.Secret })
}

// values returns settings of an endpoint as texts.
func values(e endpoint.Settings, fields []endpoint.Field) []string {
	texts := make([]string, len(fields))
	for i, f := range fields {
		switch value := e.Member(f.Name).(type) {
		case *string:
			texts[i] = cmp.Or(*value, f.Default)
		case *bool:
			texts[i] = command.Yes(*value)
		}
	}
	return texts
}

func endpointCreate(p *command.Program) *cobra.Command {
	var flags endpointFlags
	c := command.Answer(p, command.Spec{
		Use:   "create NAME",
		Short: "Create an endpoint",
		Long: `Create an endpoint: a directory that a web server serves. Publications with --endpoint
NAME appear in it: whole, with InRelease last, and with the files that clients may still
ask for.
`,
		Example: "  aptarium endpoint create www --directory /srv/www/apt --public-url https://deb.example.org/apt",
		Flags:   flags.define,
	}, func(r *command.Run) (made publications.Endpoint, err error) {
		if err := flags.need(r); err != nil {
			return made, err
		}
		in := routes.NewEndpoint{Name: r.Args[0]}
		if err := flags.apply(r, &in.EndpointSettings); err != nil {
			return made, err
		}
		return command.Call(r, routes.CreateEndpoint, routes.Send(in))
	}, func(r *command.Run, made publications.Endpoint) {
		at := slices.DeleteFunc(values(made.EndpointSettings, required(flags.kinds)), func(text string) bool { return text == "" })
		r.Print("Created the endpoint %s at %s.", made.Name, strings.Join(at, " "))
	})
	for _, kind := range flags.kinds {
		c.Long += "\n" + kind.Doc
	}
	return c
}

func endpointEdit(p *command.Program) *cobra.Command {
	var flags endpointFlags
	return command.Answer(p, command.Spec{
		Use:   "edit NAME",
		Short: "Change the settings of an endpoint",
		Long: `Change the settings of an endpoint; without a flag a setting stays. Publications move to
a new directory with their next release; the files in the old directory stay there.`,
		Example:  "  aptarium endpoint edit www --public-url https://deb.example.org/apt",
		Complete: []command.Words{command.Endpoints},
		Flags:    flags.define,
	}, func(r *command.Run) (now publications.Endpoint, err error) {
		if now, err = command.Call(r, routes.GetEndpoint, command.Named(r)); err != nil {
			return now, err
		}
		if err := flags.apply(r, &now.EndpointSettings); err != nil {
			return now, err
		}
		return command.Call(r, routes.EditEndpoint, routes.SendTo(r.Args[0], now.EndpointSettings))
	}, showEndpoint)
}

func endpointList(p *command.Program) *cobra.Command {
	places, header := required(server.EndpointKinds(nil, server.Seams{})), "NAME KIND "
	for _, f := range places {
		header += strings.ToUpper(f.Name) + " "
	}
	return command.List(p, command.Spec{Use: "list", Short: "List endpoints", Example: "  aptarium endpoint list"},
		command.Every(routes.ListEndpoints), header+"URL", func(e publications.Endpoint) []string {
			return slices.Concat([]string{e.Name, e.Kind}, values(e.EndpointSettings, places), []string{e.PublicURL})
		})
}

func endpointShow(p *command.Program) *cobra.Command {
	return command.Ask(p, command.Spec{
		Use: "show NAME", Short: "Show an endpoint", Example: "  aptarium endpoint show www", Complete: []command.Words{command.Endpoints},
	}, routes.GetEndpoint, command.Named, showEndpoint)
}

func showEndpoint(r *command.Run, e publications.Endpoint) {
	pairs := []string{"Name", e.Name, "Kind", e.Kind}
	if kind, err := server.EndpointKinds(nil, server.Seams{}).Of(e.Kind); err == nil {
		for i, text := range values(e.EndpointSettings, kind.Fields) {
			name := strings.ReplaceAll(kind.Fields[i].Name, "_", " ")
			pairs = append(pairs, strings.ToUpper(name[:1])+name[1:], text)
		}
	}
	r.Details(append(pairs, "Plain indexes", command.Yes(e.Plain), "URL", e.PublicURL, "Created", command.Moment(e.CreatedAt))...)
}

func endpointDrop(p *command.Program) *cobra.Command {
	return command.Do(p, command.Spec{
		Use: "drop NAME", Short: "Drop an unused endpoint", Example: "  aptarium endpoint drop www", Complete: []command.Words{command.Endpoints},
	}, routes.DropEndpoint, command.Named, "Dropped the endpoint %s.")
}
