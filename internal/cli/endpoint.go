package cli

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/server"
)

// endpoint is the commands about places that other servers serve.
func (p *program) endpoint() *cobra.Command {
	return group(&cobra.Command{Use: "endpoint", Short: "Manage endpoints: directories that other servers serve", Example: `  aptarium endpoint create www --directory /srv/www/apt --public-url https://deb.example.org/apt
  aptarium publish create debian bookworm --endpoint www --source mirror:bookworm
  aptarium publish update www:debian bookworm`},
		p.endpointCreate(), p.endpointEdit(), p.endpointList(), p.endpointShow(), p.endpointDrop())
}

// endpointFlags are the settings of an endpoint as flags: those of all kinds.
type endpointFlags struct {
	endpoint.Settings
	kinds endpoint.Kinds
}

func (f *endpointFlags) define(c *cobra.Command) {
	f.kinds = server.EndpointKinds(nil, server.Seams{})
	names := f.kinds.Names()
	f.Kind = names[0]
	flags := c.Flags()
	if len(names) > 1 {
		flags.StringVar(&f.Kind, "kind", f.Kind, "one of "+strings.Join(names, ", "))
		completeFlag(c, "kind", oneOf(names...))
	}
	for _, field := range f.kinds.Fields() {
		name := flagOf(field)
		switch to := f.Member(field.Name).(type) {
		case *string:
			flags.StringVar(to, name, "", field.Usage)
		case *bool:
			flags.BoolVar(to, name, false, field.Usage)
		}
		if field.Path {
			_ = c.MarkFlagDirname(name) // fails only for a missing flag
		} else if len(field.Values) > 0 {
			completeFlag(c, name, oneOf(field.Values...))
		}
	}
	flags.BoolVar(&f.Plain, "plain", false, "write indexes without compression too")
	flags.StringVar(&f.PublicURL, "public-url", "", "address of the root, as clients reach it")
}

// flagOf returns the name of the flag of a setting.
func flagOf(f endpoint.Field) string { return strings.ReplaceAll(f.Name, "_", "-") }

// need checks that the required flags of the kind are there.
func (f *endpointFlags) need(c *cobra.Command) error {
	kind, err := f.kinds.Of(f.Kind)
	for _, field := range kind.Fields {
		if field.Required && !f.Has(field.Name) {
			return usage(c, "--%s is missing", flagOf(field))
		}
	}
	return err
}

// apply changes settings as the given flags say. Another kind keeps only the settings of all kinds.
func (f *endpointFlags) apply(c *cobra.Command, to *endpoint.Settings) (err error) {
	changed := c.Flags().Changed
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
			texts[i] = yes(*value)
		}
	}
	return texts
}

func (p *program) endpointCreate() *cobra.Command {
	var flags endpointFlags
	c := &cobra.Command{
		Use:   "create NAME --directory DIR",
		Short: "Create an endpoint",
		Long: `Make a directory known that a web server serves. Publications with --endpoint NAME
appear in it: whole, with InRelease last, and with what clients may still ask for.
`,
		Example: "  aptarium endpoint create www --directory /srv/www/apt --public-url https://deb.example.org/apt",
		Args:    exactly("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.define(c)
	for _, kind := range flags.kinds {
		c.Long += "\n" + kind.Doc
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := flags.need(c); err != nil {
			return err
		}
		in := routes.NewEndpoint{Name: args[0]}
		if err := flags.apply(c, &in.EndpointSettings); err != nil {
			return err
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		made, err := client.Call(c.Context(), s.Client, routes.CreateEndpoint, routes.Send(in))
		if err != nil {
			return err
		}
		return p.show(made, func(w io.Writer) {
			at := slices.DeleteFunc(values(made.EndpointSettings, required(flags.kinds)), func(text string) bool { return text == "" })
			fmt.Fprintf(w, "Created the endpoint %s at %s.\n", made.Name, strings.Join(at, " "))
		})
	}
	return c
}

func (p *program) endpointEdit() *cobra.Command {
	var flags endpointFlags
	c := &cobra.Command{
		Use:   "edit NAME",
		Short: "Change the settings of an endpoint",
		Long: `Give an endpoint other settings; what is not said stays. Publications come to
another directory with their next release; what is in the old one stays there.`,
		Example: "  aptarium endpoint edit www --public-url https://deb.example.org/apt",
		Args:    exactly("NAME"), ValidArgsFunction: p.endpointNames(),
	}
	flags.define(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		now, err := client.Call(c.Context(), s.Client, routes.GetEndpoint, routes.Named{Name: args[0]})
		if err != nil {
			return err
		}
		if err := flags.apply(c, &now.EndpointSettings); err != nil {
			return err
		}
		e, err := client.Call(c.Context(), s.Client, routes.EditEndpoint, routes.SendTo(args[0], now.EndpointSettings))
		if err != nil {
			return err
		}
		return p.show(e, func(w io.Writer) { showEndpoint(w, e) })
	}
	return c
}

func (p *program) endpointList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List endpoints", Example: "  aptarium endpoint list", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			all := client.All(c.Context(), s.Client, routes.ListEndpoints, routes.Paging{})
			places, header := required(server.EndpointKinds(nil, server.Seams{})), "NAME KIND "
			for _, f := range places {
				header += strings.ToUpper(f.Name) + " "
			}
			return table(p, all, header+"URL", func(e publications.Endpoint) []string {
				return slices.Concat([]string{e.Name, e.Kind}, values(e.EndpointSettings, places), []string{e.PublicURL})
			})
		},
	}
}

func (p *program) endpointShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show an endpoint", Example: "  aptarium endpoint show www", Args: exactly("NAME"), ValidArgsFunction: p.endpointNames(),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			e, err := client.Call(c.Context(), s.Client, routes.GetEndpoint, routes.Named{Name: args[0]})
			if err != nil {
				return err
			}
			return p.show(e, func(w io.Writer) { showEndpoint(w, e) })
		},
	}
}

func showEndpoint(w io.Writer, e publications.Endpoint) {
	pairs := []string{"Name", e.Name, "Kind", e.Kind}
	if kind, err := server.EndpointKinds(nil, server.Seams{}).Of(e.Kind); err == nil {
		for i, text := range values(e.EndpointSettings, kind.Fields) {
			name := strings.ReplaceAll(kind.Fields[i].Name, "_", " ")
			pairs = append(pairs, strings.ToUpper(name[:1])+name[1:], text)
		}
	}
	details(w, append(pairs, "Plain indexes", yes(e.Plain), "URL", e.PublicURL, "Created", moment(e.CreatedAt))...)
}

func (p *program) endpointDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop NAME", Short: "Drop an unused endpoint", Example: "  aptarium endpoint drop www",
		Args: exactly("NAME"), ValidArgsFunction: p.endpointNames(),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return client.Do(c.Context(), s.Client, routes.DropEndpoint, routes.Named{Name: args[0]})
		},
	}
}
