package cli

import (
	"context"
	"fmt"
	"io"
	"iter"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// endpoint is the commands about places that other servers serve.
func (p *program) endpoint() *cobra.Command {
	return group(&cobra.Command{Use: "endpoint", Short: "Manage endpoints: directories that other servers serve", Example: `  aptarium endpoint create www --directory /srv/www/apt --public-url https://deb.example.org/apt
  aptarium publish create debian bookworm --endpoint www --source mirror:bookworm
  aptarium publish update www:debian bookworm`},
		p.endpointCreate(), p.endpointEdit(), p.endpointList(), p.endpointShow(), p.endpointDrop())
}

// endpointFlags are what can be said about an endpoint.
type endpointFlags struct{ publications.EndpointSettings }

func (f *endpointFlags) define(c *cobra.Command) {
	f.Kind = "filesystem"
	flags := c.Flags()
	flags.StringVar(&f.Directory, "directory", "", "root that the web server serves")
	flags.StringVar(&f.Link, "link", "", "how package files come there: hard, symbolic or copy (default: hard where the file system can, else copy)")
	flags.BoolVar(&f.Plain, "plain", false, "write indexes without compression too")
	flags.StringVar(&f.PublicURL, "public-url", "", "address of the root, as clients reach it")
	completeFlag(c, "link", oneOf("hard", "symbolic", "copy"))
	_ = c.MarkFlagDirname("directory") // fails only for a flag that is not there
}

// apply changes settings as the flags say that were given.
func (f *endpointFlags) apply(c *cobra.Command, to *publications.EndpointSettings) (err error) {
	to.Kind = f.Kind
	for flag, set := range map[string]func(){
		"directory":  func() { to.Directory, err = filepath.Abs(f.Directory) },
		"link":       func() { to.Link = f.Link },
		"plain":      func() { to.Plain = f.Plain },
		"public-url": func() { to.PublicURL = f.PublicURL },
	} {
		if c.Flags().Changed(flag) {
			set()
		}
	}
	return err
}

func (p *program) endpointCreate() *cobra.Command {
	var flags endpointFlags
	c := &cobra.Command{
		Use:   "create NAME --directory DIR",
		Short: "Create an endpoint",
		Long: `Make a directory known that a web server serves. Publications with --endpoint NAME
appear in it: whole, with InRelease last, and with what clients may still ask for.

Hard links need the directory on the file system of the data folder. With symbolic
links the web server must be able to read the data folder's pool.`,
		Example: "  aptarium endpoint create www --directory /srv/www/apt --public-url https://deb.example.org/apt",
		Args:    exactly("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.define(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if flags.Directory == "" {
			return usage(c, "--directory is missing")
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
		return p.show(made, func(w io.Writer) { fmt.Fprintf(w, "Made the endpoint %s at %s.\n", made.Name, made.Directory) })
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
			return table(p, all, "NAME KIND DIRECTORY URL", func(e publications.Endpoint) []string {
				return []string{e.Name, string(e.Kind), e.Directory, e.PublicURL}
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
	link := e.Link
	if link == "" {
		link = "hard, or copy"
	}
	details(w, "Name", e.Name, "Kind", string(e.Kind), "Directory", e.Directory, "Link", link, "Plain indexes", yes(e.Plain),
		"URL", e.PublicURL, "Created", moment(e.CreatedAt))
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

// endpointNames completes names of endpoints.
func (p *program) endpointNames() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		all := client.All(ctx, s.Client, routes.ListEndpoints, routes.Paging{})
		return words(all, func(e publications.Endpoint) string { return e.Name })
	})
}
