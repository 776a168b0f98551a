package repositories

import (
	"iter"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func mirror(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "mirror", Short: "Manage mirrors of other archives", Example: `  aptarium mirror create bookworm http://deb.debian.org/debian bookworm --component main --architecture amd64
  aptarium mirror sync bookworm
  aptarium mirror show bookworm --packages --name 'linux-*'`},
		mirrorCreate(p), mirrorSync(p), mirrorRun(p), mirrorPrefetch(p), mirrorUpstream(p), mirrorList(p),
		show(p, "mirror"), history(p, "mirror"), mirrorEdit(p), mirrorRename(p), drop(p, "mirror", routes.DropMirror))
}

func mirrorSync(p *command.Program) *cobra.Command {
	var in routes.SyncRequest
	return command.Start(p, command.Spec{
		Use:   "sync NAME",
		Short: "Sync a mirror with its upstream",
		Long: `Bring a mirror up to date.

Readers of the mirror see the old state or the new one. A sync after an interruption
does not download again what is already here.`,
		Example:  "  aptarium mirror sync bookworm",
		Complete: []command.Words{command.Collections("mirror")},
		Flags: func(f command.Flags) {
			f.Bool(&in.LatestOnly, "latest-only", "this time, keep only the highest version of each package")
			defineForce(f, &in.Force)
		},
	}, func(r *command.Run) (usecase.Activity, error) {
		return command.Call(r, routes.SyncMirror, routes.SendTo(r.Args[0], &in))
	})
}

func defineForce(f command.Flags, force *bool) {
	f.Bool(force, "force", "read all indexes again, and accept an upstream that lost many packages")
}

func mirrorPrefetch(p *command.Program) *cobra.Command {
	var in mirrors.Prefetch
	return command.Start(p, command.Spec{
		Use:   "prefetch NAME [QUERY…]",
		Short: "Fetch packages that a mirror left upstream",
		Long: `Fetch packages that a mirror with --policy on-demand left upstream, before a client
asks for them: the matches of a query in the present mirror, or all.

--missing also fetches packages that only past states and snapshots of the mirror list.`,
		Example: `  aptarium mirror prefetch bookworm 'nginx | Name (% php8*)' --with-dependencies
  aptarium mirror prefetch bookworm --missing`,
		Complete: []command.Words{command.Collections("mirror")},
		Flags: func(f command.Flags) {
			f.Bool(&in.WithDependencies, "with-dependencies", "fetch their dependencies too, if the mirror has them")
			f.Bool(&in.Missing, "missing", "fetch all packages that are upstream, also of past states")
		},
	}, func(r *command.Run) (usecase.Activity, error) {
		in.Query = strings.Join(r.Args[1:], " ")
		return command.Call(r, routes.PrefetchMirror, routes.SendTo(r.Args[0], &in))
	})
}

func mirrorUpstream(p *command.Program) *cobra.Command {
	return command.List(p, command.Spec{
		Use:   "upstream NAME",
		Short: "List files that a mirror left upstream",
		Long: `List the files that a mirror with --policy on-demand left upstream, because nobody
asked for them yet. NOW shows whether the present state of the mirror lists a file.`,
		Example:  "  aptarium mirror upstream bookworm",
		Complete: []command.Words{command.Collections("mirror")},
	}, func(r *command.Run) iter.Seq2[mirrors.UpstreamFile, error] {
		return command.All(r, routes.ListUpstreamFiles, routes.NamedPaging{Named: command.Named(r)})
	}, "PATH SIZE NOW", func(f mirrors.UpstreamFile) []string {
		return []string{f.Path, command.Size(f.Size), command.Yes(f.Listed)}
	})
}

func mirrorList(p *command.Program) *cobra.Command {
	return command.List(p, command.Spec{Use: "list", Short: "List mirrors", Example: "  aptarium mirror list"},
		command.Every(routes.ListMirrors), "NAME PACKAGES SYNCED SUITE UPSTREAM", func(m mirrors.Mirror) []string {
			return []string{m.Name, strconv.Itoa(m.Packages), command.Age(m.SyncedAt), m.Config.Suite, m.Config.URL}
		})
}

func mirrorRename(p *command.Program) *cobra.Command {
	return rename(p, "mirror", command.Spec{
		Long:    "Rename a mirror. Its snapshots and publications follow.",
		Example: "  aptarium mirror rename bookworm debian-12",
	}, routes.RenameMirror, func(name string) routes.Renaming { return routes.Renaming{Name: name} })
}

func showMirror(r *command.Run, m mirrors.Mirror) {
	c := m.Config
	signed := strings.Join(m.SignedBy, " ")
	if c.Keyring == "" {
		signed = "not checked"
	}
	filters := ""
	if len(c.Filters) > 0 {
		filters = strconv.Itoa(len(c.Filters))
	}
	yes, moment := command.Yes, command.Moment
	r.Details(
		"Name", m.Name, "Description", m.Description,
		"Upstream", strings.TrimSpace(c.URL+" "+c.Suite),
		"Components", command.Terms(c.Components, "all"), "Architectures", command.Terms(c.Architectures, "all"),
		"Only packages", strings.Join(c.Packages, " "), "Filter", c.Filter, "Filters", filters,
		"With dependencies", yes(c.FilterWithDependencies), "Latest only", yes(c.LatestOnly),
		"Sources", yes(c.Sources), "Installer's packages", yes(c.UDebs), "Also", strings.Join(namesOf(c.With), " "), "Verbatim", yes(c.Verbatim),
		"Policy", string(c.Policy), "Here", tally(m.Here), "Upstream files", tally(m.Upstream),
		"Accepts expired", yes(c.AcceptExpired), "Updating", yes(m.Updating),
		"Packages", strconv.Itoa(m.Packages), "Revision", strconv.FormatInt(m.Revision, 10),
		"Retention", command.Retained(m.Retention), "Created", moment(m.CreatedAt), "Synced", moment(m.SyncedAt),
		"Suite", m.Suite, "Codename", m.Codename, "Release of", moment(m.ReleaseDate), "Valid until", moment(m.ValidUntil),
		"Signed by", signed)
}

// namesOf returns the names of classes of files.
func namesOf(classes []mirrors.Class) []string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = string(c)
	}
	return names
}

// tally shows a number of files, and nothing for none.
func tally(t *mirrors.Tally) string {
	if t == nil || t.Files == 0 {
		return ""
	}
	return command.Count(t.Files, "file", "files") + " (" + command.Size(t.Bytes) + ")"
}
