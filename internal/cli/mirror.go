package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// mirror is the commands about mirrors.
func (p *program) mirror() *cobra.Command {
	return group(&cobra.Command{Use: "mirror", Short: "Manage mirrors of other archives", Example: `  aptarium mirror create bookworm http://deb.debian.org/debian bookworm --component main --architecture amd64
  aptarium mirror sync bookworm
  aptarium mirror show bookworm --packages --name 'linux-*'`},
		p.mirrorCreate(), p.mirrorSync(), p.mirrorRun(), p.mirrorPrefetch(), p.mirrorUpstream(), p.mirrorList(), p.showCommand("mirror"), p.logCommand("mirror"), p.mirrorEdit(), p.mirrorRename(), p.dropCommand("mirror"))
}

func (p *program) mirrorCreate() *cobra.Command {
	var flags mirrorFlags
	var description string
	var keep retention
	c := &cobra.Command{
		Use:   "create NAME [URL SUITE]",
		Short: "Create a mirror",
		Long: `Make a mirror; nothing is fetched before its first sync. Without URL and SUITE it is
empty, for ` + "`aptarium mirror run`" + ` to fill.

Without --keyring, the keys that this machine's apt trusts may sign it: those in
/etc/apt/trusted.gpg.d, and the archive keyrings in /usr/share/keyrings.`,
		Example: `  aptarium mirror create bookworm http://deb.debian.org/debian bookworm --component main --architecture amd64
  aptarium mirror create tools https://deb.example.org/tools ./ --keyring tools.asc
  aptarium mirror create some http://deb.debian.org/debian trixie --package 'postgresql-*' --sources
  aptarium mirror create debian http://deb.debian.org/debian trixie --sources --verbatim
  aptarium mirror create desktop http://deb.debian.org/debian trixie --with translations,appstream,commands
  aptarium mirror create web http://deb.debian.org/debian trixie --filter 'nginx | Name (% php8*)' --filter-with-dependencies`,
		Args:              mirrorArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.define(c)
	c.Flags().StringVar(&description, "description", "", "what it is, for people")
	keep.define(p, c, "states")
	c.RunE = func(c *cobra.Command, args []string) error {
		var config mirrors.Config
		if len(args) > 1 {
			config.URL, config.Suite = args[1], args[2]
		}
		if err := p.applyMirrorFlags(c, &flags, &config, len(args) > 1); err != nil {
			return err
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		m, err := client.Call(c.Context(), s.Client, routes.CreateMirror, routes.Send(mirrors.NewMirror{Name: args[0], Description: description, Config: config, Retention: keep.Retention}))
		if err != nil {
			return err
		}
		return p.show(m, func(w io.Writer) {
			if m.Config.FollowsNothing() {
				fmt.Fprintf(w, "Created the mirror %s, which follows nothing yet. `aptarium mirror run TASK.yaml` fills it.\n", m.Name)
				return
			}
			fmt.Fprintf(w, "Created the mirror %s. `aptarium mirror sync %s` fills it.\n", m.Name, m.Name)
		})
	}
	return c
}

// mirrorArgs wants a name, and an upstream or none.
func mirrorArgs(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return exactly("NAME", "URL", "SUITE")(c, args)
	}
	return nil
}

func (p *program) mirrorEdit() *cobra.Command {
	var flags mirrorFlags
	var url, suite string
	var keep retention
	c := &cobra.Command{
		Use:   "edit NAME",
		Short: "Change the settings of a mirror",
		Long:  "Change what a mirror follows; the next sync acts on it. Flags that are not given leave things as they are.",
		Example: `  aptarium mirror edit bookworm --architecture amd64,arm64
  aptarium mirror edit bookworm --url https://archive.debian.org/debian --accept-expired`,
		Args:              exactly("NAME"),
		ValidArgsFunction: only(1, p.collections("mirror")),
	}
	flags.define(c)
	c.Flags().StringVar(&url, "url", "", "root of the upstream archive")
	c.Flags().StringVar(&suite, "suite", "", "suite")
	keep.define(p, c, "states")
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		m, err := client.Call(c.Context(), s.Client, routes.GetMirror, routes.Named{Name: args[0]})
		if err != nil {
			return err
		}
		config := m.Config
		if c.Flags().Changed("url") {
			config.URL = url
		}
		if c.Flags().Changed("suite") {
			config.Suite = suite
		}
		if err := p.applyMirrorFlags(c, &flags, &config, false); err != nil {
			return err
		}
		if m, err = client.Call(c.Context(), s.Client, routes.EditMirror, routes.SendTo(args[0], routes.MirrorEdit{Config: config})); err != nil {
			return err
		}
		if keep.given(c) {
			if m, err = client.Call(c.Context(), s.Client, routes.RetainMirror, routes.SendTo(args[0], keep.Retention)); err != nil {
				return err
			}
		}
		return p.show(m, func(w io.Writer) { showMirror(w, m) })
	}
	return c
}

func (p *program) mirrorRename() *cobra.Command {
	c := &cobra.Command{
		Use:   "rename NAME NEW-NAME",
		Short: "Rename a mirror",
		Long:  "Give a mirror another name. What was made of it, and publications that it feeds, follow.",

		Example:           "  aptarium mirror rename bookworm debian-12",
		Args:              exactly("NAME", "NEW-NAME"),
		ValidArgsFunction: only(1, p.collections("mirror")),
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		m, err := client.Call(c.Context(), s.Client, routes.RenameMirror, routes.SendTo(args[0], routes.Renaming{Name: args[1]}))
		if err != nil {
			return err
		}
		return p.show(m, func(w io.Writer) { fmt.Fprintf(w, "The mirror %s is now called %s.\n", args[0], m.Name) })
	}
	return c
}

func (p *program) mirrorSync() *cobra.Command {
	var in routes.SyncRequest
	var noWait bool
	c := &cobra.Command{
		Use:   "sync NAME",
		Short: "Sync a mirror with its upstream",
		Long: `Bring a mirror up to date.

Readers of the mirror see the old state or the new one. What was downloaded before
an interruption is not downloaded again.`,
		Example:           "  aptarium mirror sync bookworm",
		Args:              exactly("NAME"),
		ValidArgsFunction: only(1, p.collections("mirror")),
	}
	c.Flags().BoolVar(&in.LatestOnly, "latest-only", false, "this time, keep only the highest version of each package")
	c.Flags().BoolVar(&in.Force, "force", false, "read everything anew, and take over an upstream that lost many packages")
	defineNoWait(c, &noWait)
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		a, err := client.Call(c.Context(), s.Client, routes.SyncMirror, routes.SendTo(args[0], &in))
		if err != nil {
			return err
		}
		return p.await(c.Context(), s, a, noWait)
	}
	return c
}

func (p *program) mirrorList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List mirrors", Example: "  aptarium mirror list", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			all := client.All(c.Context(), s.Client, routes.ListMirrors, routes.Paging{})
			return table(p, all, "NAME PACKAGES SYNCED SUITE UPSTREAM", func(m mirrors.Mirror) []string {
				return []string{m.Name, strconv.Itoa(m.Packages), age(m.SyncedAt), m.Config.Suite, m.Config.URL}
			})
		},
	}
}

func showMirror(w io.Writer, m mirrors.Mirror) {
	signed := terms(m.SignedBy, "")
	if m.Config.Keyring == "" {
		signed = "not checked"
	}
	details(w,
		"Name", m.Name, "Description", m.Description,
		"Upstream", strings.TrimSpace(m.Config.URL+" "+m.Config.Suite),
		"Components", terms(m.Config.Components, "all"), "Architectures", terms(m.Config.Architectures, "all"),
		"Only packages", terms(m.Config.Packages, ""), "Filter", m.Config.Filter, "Filters", ifAny(len(m.Config.Filters)),
		"With dependencies", yes(m.Config.FilterWithDependencies), "Latest only", yes(m.Config.LatestOnly),
		"Sources", yes(m.Config.Sources), "Installer's packages", yes(m.Config.UDebs), "Also", also(m.Config.With), "Verbatim", yes(m.Config.Verbatim),
		"Policy", string(m.Config.Policy), "Here", tally(m.Here), "Upstream files", tally(m.Upstream),
		"Accepts expired", yes(m.Config.AcceptExpired),
		"Updating", yes(m.Updating),
		"Packages", strconv.Itoa(m.Packages), "Revision", strconv.FormatInt(m.Revision, 10),
		"Retention", retained(m.Retention),
		"Created", moment(m.CreatedAt), "Synced", moment(m.SyncedAt),
		"Suite", m.Suite, "Codename", m.Codename, "Release of", moment(m.ReleaseDate), "Valid until", moment(m.ValidUntil),
		"Signed by", signed)
}

// ifAny shows a number of things, and leaves out none.
func ifAny(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// also names the classes of files that a mirror takes along.
func also(classes []mirrors.Class) string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = string(c)
	}
	return strings.Join(names, " ")
}
