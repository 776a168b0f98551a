package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// publish is the commands about publications.
func (p *program) publish() *cobra.Command {
	return group(&cobra.Command{Use: "publish", Short: "Publish mirrors, repos and snapshots for apt", Example: `  aptarium publish create debian bookworm --source mirror:bookworm
  aptarium publish update debian bookworm
  aptarium publish show debian bookworm`},
		p.publishCreate(), p.publishUpdate(), p.publishList(), p.publishShow(), p.publishLog(), p.publishPin(true), p.publishPin(false), p.publishStage(), p.publishUnstage(), p.publishRevert(), p.publishDrop())
}

func (p *program) publishCreate() *cobra.Command {
	var flags publishFlags
	var signs signFlags
	var noWait, overwrite bool
	var endpoint string
	var keep retention
	c := &cobra.Command{
		Use:   "create PREFIX DISTRIBUTION",
		Short: "Create a publication and its first release",
		Long: `Make a publication and its first release. Clients find it at
URL/archive/PREFIX, suite DISTRIBUTION (a PREFIX of . is the root of all); or with --endpoint in the directory of that
endpoint, and other commands then know it as ENDPOINT:PREFIX.

It is signed by the default key if no --key is named; one is made if there is none
yet.`,
		Example: `  aptarium publish create debian bookworm --source mirror:bookworm
  aptarium publish create team/tools stable --source main=repo:tools --source contrib=repo:extra --origin Team --label Tools
  aptarium publish create mirror/debian trixie --source mirror:debian --verbatim
  aptarium publish create frozen bookworm --source snapshot:monday --key archive2026`,
		Args:              exactly("PREFIX", "DISTRIBUTION"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.define(p, c)
	c.Flags().StringVar(&endpoint, "endpoint", "", "where it appears (default: this program serves it)")
	completeFlag(c, "endpoint", p.endpointNames())
	signs.define(c)
	keep.define(p, c, "releases")
	defineOverwrite(c, &overwrite)
	defineNoWait(c, &noWait)
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(flags.sources) == 0 {
			return usage(c, "--source is missing")
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		var in routes.NewPublication
		in.NewPublication = publications.NewPublication{Endpoint: endpoint, Prefix: args[0], Distribution: args[1], Sources: flags.sources, ForceOverwrite: overwrite, Retention: keep.Retention}
		flags.apply(c, &in.Options)
		if in.Signing, in.Secret, err = p.signing(c, &signs); err != nil {
			return err
		}
		hadDefault, err := hasDefaultKey(c.Context(), s)
		if err != nil {
			return err
		}
		made, err := client.Call(c.Context(), s.Client, routes.CreatePublication, routes.Send(in))
		if err != nil {
			return err
		}
		if !hadDefault && !in.Options.Unsigned && !in.Options.Verbatim && len(in.Options.Keys) == 0 && in.Signing == nil {
			p.tellDefaultKey(c.Context(), s, made.Publication.Options.Keys)
		}
		return p.await(c.Context(), s, made.Activity, noWait)
	}
	return c
}

// hasDefaultKey tells whether there is a key that signs where none is named.
func hasDefaultKey(ctx context.Context, s *session) (bool, error) {
	for k, err := range client.All(ctx, s.Client, routes.ListKeys, routes.Paging{}) {
		if err != nil || k.Default {
			return err == nil, err
		}
	}
	return false, nil
}

// tellDefaultKey says that a key was made that people now depend on.
func (p *program) tellDefaultKey(ctx context.Context, s *session, keys []string) {
	for _, fingerprint := range keys {
		if k, err := client.Call(ctx, s.Client, routes.GetKey, routes.KeyRef{Ref: fingerprint}); err == nil {
			p.say("Created the signing key %s (%s), which is the default from now on.", k.Name, k.Fingerprint)
		}
	}
}

func (p *program) publishUpdate() *cobra.Command {
	var flags publishFlags
	var signs signFlags
	var edit routes.PublicationEdit
	var keep retention
	var noWait bool
	c := &cobra.Command{
		Use:   "update PREFIX DISTRIBUTION",
		Short: "Publish the current state of the sources",
		Long: `Make the next release, of what the sources have now. Flags change the publication
for this release and the next ones. When nothing has changed, none is made.`,
		Example: `  aptarium publish update debian bookworm
  aptarium publish update debian bookworm --source snapshot:tuesday`,
		Args:              exactly("PREFIX", "DISTRIBUTION"),
		ValidArgsFunction: p.places(),
	}
	flags.define(p, c)
	signs.define(c)
	keep.define(p, c, "releases")
	defineOverwrite(c, &edit.ForceOverwrite)
	c.Flags().BoolVar(&edit.Rebuild, "rebuild", false, "use nothing of the release before")
	c.Flags().BoolVar(&edit.Follow, "follow", false, "follow the sources again, which a revert held at a past state")
	c.Flags().BoolVar(&edit.Staged, "staged", false, "publish the staged sources")
	defineNoWait(c, &noWait)
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		if edit.Signing, edit.Secret, err = p.signing(c, &signs); err != nil {
			return err
		}
		if c.Flags().Changed("source") {
			edit.Sources = &flags.sources
		}
		if flags.changed(c) {
			now, err := client.Call(c.Context(), s.Client, routes.GetPublication, routes.GetPublicationInput{Place: routes.Place{Prefix: args[0], Distribution: args[1]}})
			if err != nil {
				return err
			}
			flags.apply(c, &now.Options)
			edit.Options = &now.Options
		}
		if keep.given(c) {
			if _, err := client.Call(c.Context(), s.Client, routes.RetainPublication, routes.SendToPlace(args[0], args[1], keep.Retention)); err != nil {
				return err
			}
		}
		a, err := client.Call(c.Context(), s.Client, routes.EditPublication, routes.SendToPlace(args[0], args[1], edit))
		if err != nil {
			return err
		}
		return p.await(c.Context(), s, a, noWait)
	}
	return c
}

func defineOverwrite(c *cobra.Command, overwrite *bool) {
	c.Flags().BoolVar(overwrite, "force-overwrite", false, "take over paths of the pool at which other publications of the prefix have other files")
}

func (p *program) publishList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List publications", Example: "  aptarium publish list", Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			all := client.All(c.Context(), s.Client, routes.ListPublications, routes.Paging{})
			return table(p, all, "PREFIX DISTRIBUTION RELEASE PACKAGES PUBLISHED SOURCES", func(at publications.Publication) []string {
				return []string{at.Place(), at.Distribution, orDash(at.Release), strconv.Itoa(at.Packages), age(at.PublishedAt), strings.Join(at.Sources, " ")}
			})
		},
	}
}

func (p *program) publishShow() *cobra.Command {
	var file bool
	var flags packageFlags
	c := &cobra.Command{
		Use:   "show PREFIX DISTRIBUTION",
		Short: "Show a publication, its sources file or contents",
		Example: `  aptarium publish show debian bookworm
  aptarium publish show debian bookworm --sources > /etc/apt/sources.list.d/bookworm.sources
  aptarium publish show debian bookworm --sources --at 20261120T120000Z
  aptarium publish show debian bookworm --packages --name 'lib*' --at 20261120`,
		Args:              exactly("PREFIX", "DISTRIBUTION"),
		ValidArgsFunction: p.places(),
	}
	c.Flags().BoolVar(&file, "sources", false, "write nothing but the file for clients' /etc/apt/sources.list.d")
	flags.define(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if !flags.list && flags.Terms != (routes.Terms{}) {
			return usage(c, "only --packages can be narrowed down")
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		if flags.list {
			all := client.All(c.Context(), s.Client, routes.ListPublicationPackages, routes.ListPublicationPackagesInput{
				Place: routes.Place{Prefix: args[0], Distribution: args[1]}, At: flags.at, Terms: flags.Terms,
			})
			return table(p, all, "NAME VERSION ARCHITECTURE TYPE COMPONENT SECTION SIZE", packageRow)
		}
		d, err := client.Call(c.Context(), s.Client, routes.GetPublication, routes.GetPublicationInput{Place: routes.Place{Prefix: args[0], Distribution: args[1]}, At: flags.at})
		if err != nil {
			return err
		}
		return p.show(d, func(w io.Writer) {
			if !file {
				showPublication(w, d)
				showClient(w, d, flags.at == "")
				return
			}
			fmt.Fprint(w, d.SourcesFile)
		})
	}
	return c
}

// showClient tells what makes a machine a client.
func showClient(w io.Writer, d publications.PublicationDetail, now bool) {
	name := strings.ReplaceAll(strings.TrimPrefix(d.Prefix+"-"+d.Distribution, ".-"), "/", "-")
	fmt.Fprintf(w, "\nOn clients, /etc/apt/sources.list.d/%s.sources:\n\n%s", name, d.SourcesFile)
	if !now || d.Snapshots == "" {
		return
	}
	fmt.Fprint(w, "\nFor a past state, with an apt that knows Snapshot (Debian 13, Ubuntu 24.04), add to it such as\n\nSnapshot: 20261120T120000Z\n")
	if d.Options.ValidFor > 0 {
		fmt.Fprint(w, "Check-Valid-Until: no\n")
	}
	if d.SnapshotsConfiguration != "" {
		fmt.Fprintf(w, "\nand, for the first `apt-get update` of a machine, in /etc/apt/apt.conf.d/50snapshots:\n\n%s\n", d.SnapshotsConfiguration)
	}
}

func showPublication(w io.Writer, d publications.PublicationDetail) {
	o := d.Options
	formats := make([]string, len(o.Formats))
	for i, f := range o.Formats {
		formats[i] = string(f)
	}
	signed := strings.Join(o.Keys, " ")
	if o.Unsigned {
		signed = "not signed"
	}
	if o.Verbatim {
		signed = "the upstream (verbatim)"
	}
	if o.GnuPG != nil {
		signed = strings.TrimSpace(signed + " " + strings.Join(o.GnuPG.Keys, " ") + " (GnuPG)")
	}
	var valid string
	if o.ValidFor > 0 {
		valid = span(o.ValidFor)
	}
	details(w,
		"Endpoint", d.Endpoint, "Prefix", d.Prefix, "Distribution", d.Distribution, "Sources", strings.Join(d.Sources, " "), "Staged", strings.Join(d.Staged, " "),
		"Release", orDash(d.Release), "Packages", strconv.Itoa(d.Packages), "Published", moment(d.PublishedAt), "Created", moment(d.CreatedAt), "Retention", retained(d.Retention),
		"Components", strings.Join(d.Components, " "), "Architectures", strings.Join(d.Architectures, " "),
		"Origin", o.Origin, "Label", o.Label, "Suite", o.Suite, "Codename", o.Codename, "Version", o.Version, "Description", o.Description,
		"NotAutomatic", yes(o.NotAutomatic), "ButAutomaticUpgrades", yes(o.ButAutomaticUpgrades), "Valid for", valid,
		"Formats", terms(formats, "gz zst"), "Contents", string(o.Contents), "Signed by", signed)
}

func (p *program) publishLog() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use: "log PREFIX DISTRIBUTION", Short: "Show the releases of a publication",
		Long:    "List the releases of a publication, newest first. Each is served for ever at URL/archive/PREFIX/SNAPSHOT.",
		Example: "  aptarium publish log debian bookworm", Args: exactly("PREFIX", "DISTRIBUTION"), ValidArgsFunction: p.places(),
	}
	defineLimit(c, &limit)
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		all := client.All(c.Context(), s.Client, routes.ListReleases, routes.ListReleasesInput{Place: routes.Place{Prefix: args[0], Distribution: args[1]}})
		return table(p, some(all, limit), "RELEASE SNAPSHOT PACKAGES ACTIVITY PINNED SOURCES", func(r publications.Release) []string {
			return []string{strconv.FormatInt(r.Number, 10), r.Snapshot, strconv.Itoa(r.Packages), orDash(r.Activity), yes(r.Pinned), strings.Join(r.Sources, " ")}
		})
	}
	return c
}

func (p *program) publishDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop PREFIX DISTRIBUTION", Short: "Drop a publication; its past stays served", Example: "  aptarium publish drop debian bookworm",
		Args: exactly("PREFIX", "DISTRIBUTION"), ValidArgsFunction: p.places(),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.session(c.Context())
			if err != nil {
				return err
			}
			return p.done(client.Do(c.Context(), s.Client, routes.DropPublication, routes.Place{Prefix: args[0], Distribution: args[1]}), "Dropped the publication %s %s.", args[0], args[1])
		},
	}
}
