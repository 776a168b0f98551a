package publishing

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func publishShow(p *command.Program) *cobra.Command {
	var file bool
	var flags command.Packages
	return command.New(p, command.Spec{
		Use:   "show PREFIX DISTRIBUTION",
		Short: "Show a publication, its sources file or contents",
		Example: `  aptarium publish show debian bookworm
  aptarium publish show debian bookworm --sources > /etc/apt/sources.list.d/bookworm.sources
  aptarium publish show debian bookworm --sources --at 20261120T120000Z
  aptarium publish show debian bookworm --packages --name 'lib*' --at 20261120`,
		Complete: command.Publications(),
		Flags: func(f command.Flags) {
			f.Bool(&file, "sources", "write only the file for clients' /etc/apt/sources.list.d")
			flags.Define(f)
		},
	}, func(r *command.Run) error {
		if err := flags.Check(r, true); err != nil {
			return err
		}
		place := command.PublicationPlace(r)
		if flags.Listed {
			return command.PackageTable(r, command.All(r, routes.ListPublicationPackages, routes.ListPublicationPackagesInput{Place: place, At: flags.At, Terms: flags.Terms}))
		}
		d, err := command.Call(r, routes.GetPublication, routes.GetPublicationInput{Place: place, At: flags.At})
		if err != nil {
			return err
		}
		return r.Show(d, func() {
			if file {
				fmt.Fprint(r.Out, d.SourcesFile)
				return
			}
			showPublication(r, d)
			showClient(r.Out, d, flags.At == "")
		})
	})
}

// showClient shows the files that make a machine a client.
func showClient(w io.Writer, d publications.PublicationDetail, now bool) {
	name := strings.ReplaceAll(strings.TrimPrefix(d.Prefix+"-"+d.Distribution, ".-"), "/", "-")
	fmt.Fprintf(w, "\nOn clients, /etc/apt/sources.list.d/%s.sources:\n\n%s", name, d.SourcesFile)
	if !now || d.Snapshots == "" {
		return
	}
	fmt.Fprint(w, "\nFor a past state, with an apt that knows Snapshot (Debian 13, Ubuntu 24.04), add for example\n\nSnapshot: 20261120T120000Z\n")
	if d.Options.ValidFor > 0 {
		fmt.Fprint(w, "Check-Valid-Until: no\n")
	}
	if d.SnapshotsConfiguration != "" {
		fmt.Fprintf(w, "\nand, for the first `apt-get update` of a machine, in /etc/apt/apt.conf.d/50snapshots:\n\n%s\n", d.SnapshotsConfiguration)
	}
}

func showPublication(r *command.Run, d publications.PublicationDetail) {
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
		valid = command.Span(o.ValidFor)
	}
	r.Details(
		"Endpoint", d.Endpoint, "Prefix", d.Prefix, "Distribution", d.Distribution, "Sources", strings.Join(d.Sources, " "), "Staged", strings.Join(d.Staged, " "),
		"Release", command.Number(d.Release), "Packages", strconv.Itoa(d.Packages), "Published", command.Moment(d.PublishedAt), "Created", command.Moment(d.CreatedAt), "Retention", command.Retained(d.Retention),
		"Components", strings.Join(d.Components, " "), "Architectures", strings.Join(d.Architectures, " "),
		"Origin", o.Origin, "Label", o.Label, "Suite", o.Suite, "Codename", o.Codename, "Version", o.Version, "Description", o.Description,
		"NotAutomatic", command.Yes(o.NotAutomatic), "ButAutomaticUpgrades", command.Yes(o.ButAutomaticUpgrades), "Valid for", valid,
		"Formats", command.Terms(formats, "gz zst"), "Contents", string(o.Contents), "Signed by", signed)
}
