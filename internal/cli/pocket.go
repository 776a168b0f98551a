package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// pocketArg is how commands name a pocket.
const pocketArg = "DISTRIBUTION/SERIES/POCKET"

// pocket is the commands about pockets.
func (p *program) pocket() *cobra.Command {
	return group(&cobra.Command{Use: "pocket", Short: "Manage pockets: mirrored, pulled or uploaded", Example: `  aptarium pocket create ubuntu/noble/staging --mode upload --component main --architecture amd64 --key sign
  aptarium pocket check ubuntu/noble-stable/updates
  aptarium pocket pull ubuntu/noble-stable/updates --check`},
		p.pocketCreate(), p.pocketList(), p.pocketShow(), p.pocketEdit(), p.pocketDrop(),
		p.pocketSync(), p.pocketDiff(), p.pocketCheck(), p.pocketPull(), p.pocketRemove(), p.pocketLog(), p.pocketRevert(),
		p.pocketFilter(), p.pocketUploader())
}

// onPocket makes a command that does something with one pocket.
func (p *program) onPocket(c *cobra.Command, do func(c *cobra.Command, s *session, at pockets.Path) error) *cobra.Command {
	c.Use += " " + pocketArg
	c.Args, c.ValidArgsFunction = exactly(pocketArg), only(1, p.pocketNames())
	c.RunE = func(c *cobra.Command, args []string) error {
		at, err := pockets.ParsePath(pocketArg, args[0])
		if err != nil {
			return usage(c, "%q is not %s, such as ubuntu/noble/release", args[0], pocketArg)
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		return do(c, s, at)
	}
	return c
}

func (p *program) pocketList() *cobra.Command {
	var in routes.ListPocketsInput
	c := &cobra.Command{
		Use: "list", Short: "List pockets", Example: `  aptarium pocket list --series noble
  aptarium pocket list --mode pull`, Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := c.Flags()
	flags.StringVar(&in.Distribution, "distribution", "", "of distributions with this name or pattern")
	flags.StringVar(&in.Series, "series", "", "of series with this name or pattern")
	flags.StringVar(&in.Name, "name", "", "with this name or pattern")
	flags.StringVar(&in.Mode, "mode", "", "of this mode: mirror, pull or upload")
	completeFlag(c, "distribution", p.distributionNames())
	completeFlag(c, "mode", oneOf("mirror", "pull", "upload"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		all := client.All(c.Context(), s.Client, routes.ListPockets, in)
		return table(p, all, "POCKET MODE PACKAGES REVISION COMPONENTS ARCHITECTURES FROM", func(k pockets.Pocket) []string {
			return []string{k.Path().String(), k.Mode, strconv.Itoa(k.Packages), strconv.FormatInt(k.Revision, 10),
				strings.Join(k.Components, ","), strings.Join(k.Architectures, ","), dash(comesFrom(k))}
		})
	}
	return c
}

// comesFrom tells where a pocket has its packages from.
func comesFrom(k pockets.Pocket) string {
	switch {
	case k.Mirror != nil:
		return k.Mirror.URL + " " + k.Mirror.Suite
	case k.Pull != nil:
		return k.Pull.Series + "/" + k.Pull.Pocket
	}
	return ""
}

func (p *program) pocketShow() *cobra.Command {
	var flags packageFlags
	c := &cobra.Command{
		Use: "show", Short: "Show a pocket or its packages",
		Example: `  aptarium pocket show ubuntu/noble/release
  aptarium pocket show ubuntu/noble/release --packages --name 'lib*' --at 12`,
	}
	flags.define(c)
	return p.onPocket(c, func(c *cobra.Command, s *session, at pockets.Path) error {
		if !flags.list && (flags.at != "" || flags.Terms != (routes.Terms{})) {
			return usage(c, "only --packages can be narrowed down")
		}
		if flags.list {
			all := client.All(c.Context(), s.Client, routes.ListPocketPackages, routes.ListPocketPackagesInput{PocketPath: routes.PocketPath(at), At: flags.at, Terms: flags.Terms})
			return table(p, all, "NAME VERSION ARCHITECTURE TYPE COMPONENT SECTION SIZE", packageRow)
		}
		k, err := client.Call(c.Context(), s.Client, routes.GetPocket, routes.PocketPath(at))
		if err != nil {
			return err
		}
		return p.show(k, func(w io.Writer) { showPocket(w, k) })
	})
}

func showPocket(w io.Writer, k pockets.Pocket) {
	pairs := []string{
		"Pocket", k.Path().String(), "Mode", k.Mode, "From", comesFrom(k), "Components", strings.Join(k.Components, " "),
		"Architectures", strings.Join(k.Architectures, " "), "Key", k.Key, "Packages", strconv.Itoa(k.Packages),
		"Revision", strconv.FormatInt(k.Revision, 10), "Collection", k.Collection, "Source line", k.SourceLine, "Created", moment(k.CreatedAt),
	}
	if k.Pull != nil {
		pairs = append(pairs, "Filter", k.Pull.Filter, "Filters", strings.Join(k.Pull.Filters, " "))
	}
	if k.Upload != nil {
		names := make([]string, len(k.Upload.Keys))
		for i, key := range k.Upload.Keys {
			names[i] = key.Name
		}
		pairs = append(pairs, "Uploaders", strings.Join(names, " "), "Unsigned uploads", map[bool]string{true: "taken", false: "refused"}[k.Upload.AllowUnsigned])
	}
	details(w, pairs...)
}

func (p *program) pocketDrop() *cobra.Command {
	return p.onPocket(&cobra.Command{
		Use: "drop", Short: "Drop a pocket", Example: "  aptarium pocket drop ubuntu/noble/staging",
		Long: "Drop a pocket. What was published is served on at its past times; pockets that pull\nfrom it keep what they have.",
	}, func(c *cobra.Command, s *session, at pockets.Path) error {
		return p.done(client.Do(c.Context(), s.Client, routes.DropPocket, routes.PocketPath(at)), "Dropped the pocket %s.", at)
	})
}

func (p *program) pocketLog() *cobra.Command {
	var limit int
	c := &cobra.Command{Use: "log", Short: "Show the history of a pocket", Example: "  aptarium pocket log ubuntu/noble/release"}
	defineLimit(c, &limit)
	return p.onPocket(c, func(c *cobra.Command, s *session, at pockets.Path) error {
		all := client.All(c.Context(), s.Client, routes.ListPocketRevisions, routes.ListPocketRevisionsInput{PocketPath: routes.PocketPath(at)})
		return table(p, some(all, limit), "REVISION TIME ADDED REMOVED PACKAGES BY ACTION ACTIVITY", func(r collections.Revision) []string {
			return []string{strconv.FormatInt(r.Number, 10), r.At.Format("2006-01-02T15:04:05.000000Z"), strconv.Itoa(r.Added), strconv.Itoa(r.Removed),
				strconv.Itoa(r.Packages), dash(r.By), dash(r.Action), orDash(r.Activity)}
		})
	})
}

// madePocket tells of a pocket that was made or changed.
func (p *program) madePocket(k pockets.Pocket, verb string) error {
	return p.show(k, func(w io.Writer) { fmt.Fprintf(w, "%s the pocket %s: %s\n", verb, k.Path(), k.SourceLine) })
}
