package cli

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/profiles"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// aptSource is the commands about archives that are not ours.
func (p *program) aptSource() *cobra.Command {
	return group(&cobra.Command{Use: "apt-source", Short: "Manage APT sources for profiles", Example: `  aptarium apt-source create nginx 'deb https://nginx.org/packages/debian bookworm nginx' --key nginx
  aptarium profile add-sources web-servers nginx`},
		p.aptSourceCreate(), p.aptSourceList(), p.aptSourceShow(), p.aptSourceEdit(), p.aptSourceDrop())
}

func (p *program) aptSourceCreate() *cobra.Command {
	var in profiles.NewAPTSource
	c := &cobra.Command{
		Use:   "create NAME LINE",
		Short: "Create an APT source",
		Long: `Keep a line of sources.list(5) for an archive elsewhere, to be given to machines by
profiles. With --key, a key that is stored here comes along.`,
		Example: `  aptarium key import nginx nginx_signing.key
  aptarium apt-source create nginx 'deb https://nginx.org/packages/debian bookworm nginx' --key nginx`,
		Args: exactly("NAME", "LINE"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Key, "key", "", "stored key that signs the archive")
	c.Flags().StringVar(&in.AccessGroup, "access-group", "", "access group that it belongs to (default global)")
	completeFlag(c, "key", p.keyNames())
	return p.aptSourceCommand(c, func(ctx context.Context, s *session, args []string) (profiles.APTSource, error) {
		in.Name, in.Line = args[0], args[1]
		return client.Call(ctx, s.Client, routes.CreateAPTSource, routes.Send(in))
	})
}

// aptSourceCommand makes a command about one APT source, which it shows afterwards.
func (p *program) aptSourceCommand(c *cobra.Command, do func(ctx context.Context, s *session, args []string) (profiles.APTSource, error)) *cobra.Command {
	c.RunE = answering(p, do, func(w io.Writer, a profiles.APTSource) {
		details(w, "Name", a.Name, "Line", a.Line, "Key", a.Key, "Access group", a.AccessGroup, "Profiles", strings.Join(a.Profiles, " "), "Created", moment(a.CreatedAt))
	})
	return c
}

func (p *program) aptSourceList() *cobra.Command {
	var in routes.ListAPTSourcesInput
	c := &cobra.Command{
		Use: "list", Short: "List APT sources", Example: "  aptarium apt-source list --filter nginx.org", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&in.Profile, "profile", "", "those that this profile has")
	c.Flags().StringVar(&in.AccessGroup, "access-group", "", "those of this access group")
	c.Flags().StringVar(&in.Text, "filter", "", "those with this in the name or the line")
	completeFlag(c, "profile", p.profileNames())
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		all := client.All(c.Context(), s.Client, routes.ListAPTSources, in)
		return table(p, all, "NAME PROFILES KEY LINE", func(a profiles.APTSource) []string {
			return []string{a.Name, fmt.Sprint(len(a.Profiles)), a.Key, a.Line}
		})
	}
	return c
}

func (p *program) aptSourceShow() *cobra.Command {
	return p.aptSourceCommand(&cobra.Command{
		Use: "show NAME", Short: "Show an APT source", Example: "  aptarium apt-source show nginx", Args: exactly("NAME"), ValidArgsFunction: only(1, p.aptSourceNames()),
	}, func(ctx context.Context, s *session, args []string) (profiles.APTSource, error) {
		return client.Call(ctx, s.Client, routes.GetAPTSource, routes.Named{Name: args[0]})
	})
}

func (p *program) aptSourceEdit() *cobra.Command {
	var line, key string
	c := &cobra.Command{
		Use: "edit NAME", Short: "Change an APT source",
		Example: "  aptarium apt-source edit nginx --line 'deb https://nginx.org/packages/debian trixie nginx'\n  aptarium apt-source edit nginx --key ''",
		Args:    exactly("NAME"), ValidArgsFunction: only(1, p.aptSourceNames()),
	}
	c.Flags().StringVar(&line, "line", "", "new line")
	c.Flags().StringVar(&key, "key", "", "stored key that signs the archive; empty for none")
	c.MarkFlagsOneRequired("line", "key")
	completeFlag(c, "key", p.keyNames())
	return p.aptSourceCommand(c, func(ctx context.Context, s *session, args []string) (profiles.APTSource, error) {
		return client.Call(ctx, s.Client, routes.EditAPTSource, routes.SendTo(args[0], profiles.APTSourceEdit{Line: given(c, "line", &line), Key: given(c, "key", &key)}))
	})
}

func (p *program) aptSourceDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop NAME", Short: "Drop an unused APT source", Example: "  aptarium apt-source drop nginx",
		Args: exactly("NAME"), ValidArgsFunction: only(1, p.aptSourceNames()),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return client.Do(c.Context(), s.Client, routes.DropAPTSource, routes.Named{Name: args[0]})
		},
	}
}

// aptSourceNames completes names of APT sources.
func (p *program) aptSourceNames() completer {
	return p.complete(func(ctx context.Context, s *session, _ []string) iter.Seq2[string, error] {
		all := client.All(ctx, s.Client, routes.ListAPTSources, routes.ListAPTSourcesInput{})
		return words(all, func(a profiles.APTSource) string { return a.Name })
	})
}
