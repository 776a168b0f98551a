package promotion

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func pocket(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "pocket", Short: "Manage pockets: mirrored, pulled or uploaded", Example: `  aptarium pocket create ubuntu/noble/staging --mode upload --component main --architecture amd64 --key sign
  aptarium pocket check ubuntu/noble-stable/updates
  aptarium pocket pull ubuntu/noble-stable/updates --check`},
		pocketCreate(p), pocketList(p), pocketShow(p), pocketEdit(p), pocketDrop(p),
		pocketSync(p), pocketDiff(p), pocketCheck(p), pocketPull(p), pocketRemove(p), pocketLog(p), pocketRevert(p),
		pocketFilter(p), pocketUploader(p))
}

func pocketCreate(p *command.Program) *cobra.Command {
	var in pockets.NewPocket
	return command.Answer(p, command.Spec{
		Use:   "create " + command.PocketArgument,
		Short: "Create an empty, published pocket",
		Long: `Create a pocket, published with no packages. A pocket of mode mirror follows an upstream,
a pocket of mode pull copies from another pocket of the distribution, and a pocket of
mode upload accepts uploads.`,
		Example: `  aptarium pocket create ubuntu/noble/release --mode mirror --component main --architecture amd64 --key sign --mirror-url http://archive.ubuntu.com/ubuntu
  aptarium pocket create ubuntu/noble/proposed --mode pull --pull-pocket staging --filter blocklist --component main --architecture amd64 --key sign
  aptarium pocket create ubuntu/noble/staging --mode upload --component main --architecture amd64 --key sign`,
		Complete: []command.Words{seriesPaths},
		Flags: func(f command.Flags) {
			f.String(&in.Mode, "mode", "mirror, pull or upload", command.OneOf("mirror", "pull", "upload"))
			f.List(&in.Components, "component", "component, several times or with commas")
			f.List(&in.Architectures, "architecture", "architecture, or source for sources, several times or with commas")
			f.String(&in.Key, "key", "key that signs the suite", command.Keys)
			f.Bool(&in.UDebs, "udebs", "packages of the installer too")
			f.String(&in.Origin, "origin", "field Origin of Release")
			f.String(&in.MirrorURL, "mirror-url", "address of the upstream of a mirror")
			f.String(&in.MirrorSuite, "mirror-suite", "its suite (default: that of the pocket); with a slash at its end, a flat repository")
			f.String(&in.MirrorKey, "mirror-key", "key that signs the upstream (default: this machine's archive keys)", command.Keys)
			f.String(&in.PullSeries, "pull-series", "series of the pocket to pull from (default: the same)")
			f.String(&in.PullPocket, "pull-pocket", "pocket to pull from")
			f.String(&in.Filter, "filter", "meaning of the filters of a pull: allowlist or blocklist", command.OneOf("allowlist", "blocklist"))
			f.Bool(&in.AllowUnsigned, "allow-unsigned", "accept unsigned uploads")
		},
	}, onPath(pocketPath, routes.CreatePocket, func(_ *command.Run, at pockets.Path) routes.Body[pockets.NewPocket] {
		in.Path = at
		return routes.Send(in)
	}), func(r *command.Run, k pockets.Pocket) { r.Print("Created the pocket %s: %s", k.Path(), k.SourceLine) })
}

func pocketEdit(p *command.Program) *cobra.Command {
	var in pockets.PocketEdit
	return command.Answer(p, command.Spec{
		Use:   "edit " + command.PocketArgument,
		Short: "Change a pocket and publish it",
		Long: `Change a pocket and publish it again; without a flag a setting stays. The next sync or
pull adds the packages that the new settings select.`,
		Example: `  aptarium pocket edit ubuntu/noble/release --architecture amd64,arm64
  aptarium pocket edit ubuntu/noble/staging --allow-unsigned=false`,
		Complete: []command.Words{command.Pockets},
		Flags: func(f command.Flags) {
			command.Optional(f, f.List, &in.Components, "component", "component, several times or with commas")
			command.Optional(f, f.List, &in.Architectures, "architecture", "architecture, several times or with commas")
			command.Optional(f, f.Bool, &in.UDebs, "udebs", "packages of the installer too")
			command.Optional(f, f.Bool, &in.AllowUnsigned, "allow-unsigned", "accept unsigned uploads")
			command.Optional(f, f.String, &in.Key, "key", "key that signs the suite", command.Keys)
			command.Optional(f, f.String, &in.MirrorURL, "mirror-url", "address of the upstream")
			command.Optional(f, f.String, &in.MirrorSuite, "mirror-suite", "its suite")
			command.Optional(f, f.String, &in.MirrorKey, "mirror-key", "key that signs the upstream; empty for this machine's archive keys", command.Keys)
		},
	}, onPath(pocketPath, routes.EditPocket, func(_ *command.Run, at pockets.Path) routes.PocketBody[pockets.PocketEdit] {
		return routes.SendToPocket(at, in)
	}), changedPocket)
}

func changedPocket(r *command.Run, k pockets.Pocket) {
	r.Print("Changed the pocket %s: %s", k.Path(), k.SourceLine)
}

func pocketList(p *command.Program) *cobra.Command {
	var in routes.ListPocketsInput
	return command.List(p, command.Spec{
		Use: "list", Short: "List pockets", Example: `  aptarium pocket list --series noble
  aptarium pocket list --mode pull`,
		Flags: func(f command.Flags) {
			f.String(&in.Distribution, "distribution", "only pockets of distributions with this name or pattern", distributions)
			f.String(&in.Series, "series", "only pockets of series with this name or pattern")
			f.String(&in.Name, "name", "only pockets with this name or pattern")
			f.String(&in.Mode, "mode", "only pockets of this mode: mirror, pull or upload", command.OneOf("mirror", "pull", "upload"))
		},
	}, command.Pages(routes.ListPockets, &in), "POCKET MODE PACKAGES REVISION COMPONENTS ARCHITECTURES FROM", func(k pockets.Pocket) []string {
		return []string{k.Path().String(), k.Mode, strconv.Itoa(k.Packages), strconv.FormatInt(k.Revision, 10),
			strings.Join(k.Components, ","), strings.Join(k.Architectures, ","), command.Dash(origin(k))}
	})
}

// origin returns where the packages of a pocket come from.
func origin(k pockets.Pocket) string {
	switch {
	case k.Mirror != nil:
		return k.Mirror.URL + " " + k.Mirror.Suite
	case k.Pull != nil:
		return k.Pull.Series + "/" + k.Pull.Pocket
	}
	return ""
}

func pocketShow(p *command.Program) *cobra.Command {
	var flags command.Packages
	return command.New(p, command.Spec{
		Use: "show " + command.PocketArgument, Short: "Show a pocket or its packages",
		Example: `  aptarium pocket show ubuntu/noble/release
  aptarium pocket show ubuntu/noble/release --packages --name 'lib*' --at 12`,
		Complete: []command.Words{command.Pockets}, Flags: flags.Define,
	}, func(r *command.Run) error {
		at, err := pocketPath(r)
		if err != nil {
			return err
		}
		if err := flags.Check(r, false); err != nil {
			return err
		}
		if flags.Listed {
			return command.PackageTable(r, command.All(r, routes.ListPocketPackages, routes.ListPocketPackagesInput{
				PocketPath: routes.PocketPath(at), At: flags.At, Terms: flags.Terms,
			}))
		}
		k, err := command.Call(r, routes.GetPocket, routes.PocketPath(at))
		if err != nil {
			return err
		}
		return r.Show(k, func() { showPocket(r, k) })
	})
}

func showPocket(r *command.Run, k pockets.Pocket) {
	pairs := []string{
		"Pocket", k.Path().String(), "Mode", k.Mode, "From", origin(k), "Components", strings.Join(k.Components, " "),
		"Architectures", strings.Join(k.Architectures, " "), "Key", k.Key, "Packages", strconv.Itoa(k.Packages),
		"Revision", strconv.FormatInt(k.Revision, 10), "Collection", k.Collection, "Source line", k.SourceLine, "Created", command.Moment(k.CreatedAt),
	}
	if k.Pull != nil {
		pairs = append(pairs, "Filter", k.Pull.Filter, "Filters", strings.Join(k.Pull.Filters, " "))
	}
	if k.Upload != nil {
		names := make([]string, len(k.Upload.Keys))
		for i, key := range k.Upload.Keys {
			names[i] = key.Name
		}
		pairs = append(pairs, "Uploaders", strings.Join(names, " "), "Unsigned uploads", map[bool]string{true: "accepted", false: "refused"}[k.Upload.AllowUnsigned])
	}
	r.Details(pairs...)
}

func pocketDrop(p *command.Program) *cobra.Command {
	return dropped(p, "pocket", command.Spec{
		Use: "drop " + command.PocketArgument, Short: "Drop a pocket", Example: "  aptarium pocket drop ubuntu/noble/staging",
		Long:     "Drop a pocket. Its releases stay served at their past times; pockets that pull from it\nkeep their packages.",
		Complete: []command.Words{command.Pockets},
	}, onPath(pocketPath, routes.DropPocket, toPocket))
}

func pocketLog(p *command.Program) *cobra.Command {
	return command.New(p, command.Spec{
		Use: "log " + command.PocketArgument, Short: "Show the history of a pocket", Example: "  aptarium pocket log ubuntu/noble/release", Limit: true,
		Complete: []command.Words{command.Pockets},
	}, func(r *command.Run) error {
		at, err := pocketPath(r)
		if err != nil {
			return err
		}
		all := command.All(r, routes.ListPocketRevisions, routes.ListPocketRevisionsInput{PocketPath: routes.PocketPath(at)})
		return command.Table(r, all, "REVISION TIME ADDED REMOVED PACKAGES BY ACTION ACTIVITY", func(v collections.Revision) []string {
			return []string{strconv.FormatInt(v.Number, 10), command.RevisionTime(v.At), strconv.Itoa(v.Added), strconv.Itoa(v.Removed),
				strconv.Itoa(v.Packages), command.Dash(v.By), command.Dash(v.Action), command.Number(v.Activity)}
		})
	})
}
