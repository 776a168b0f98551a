package repositories

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func repo(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "repo", Short: "Manage repos of your own packages", Example: `  aptarium repo create tools
  aptarium repo add tools ./build/
  aptarium repo remove tools hello=1.0-1`},
		repoCreate(p), repoAdd(p), repoCopy(p), repoRemove(p), repoEdit(p), repoUploaders(p), repoList(p),
		show(p, "repo"), history(p, "repo"), drop(p, "repo", routes.DropRepo))
}

func repoCreate(p *command.Program) *cobra.Command {
	var in repos.NewRepo
	return command.Create(p, command.Spec{
		Use: "create NAME", Short: "Create a repo", Example: "  aptarium repo create tools --component main",
		Flags: func(f command.Flags) {
			f.String(&in.Component, "component", "component of its packages (default main)")
			f.String(&in.Distribution, "distribution", "suggested distribution of a publication")
			f.String(&in.Description, "description", "description for people")
			f.String(&in.From, "from", "begin with the packages of mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state", command.References)
			f.Retention(&in.Retention, "states")
		},
	}, routes.CreateRepo, &in, &in.Name, func(r *command.Run, k collections.Collection) { r.Print("Created the repo %s.", k.Name) })
}

func repoList(p *command.Program) *cobra.Command {
	return command.List(p, command.Spec{Use: "list", Short: "List repos", Example: "  aptarium repo list"},
		command.Every(routes.ListRepos), "NAME PACKAGES COMPONENT CREATED DESCRIPTION", func(k collections.Collection) []string {
			return []string{k.Name, strconv.Itoa(k.Packages), k.Component, command.Age(k.CreatedAt), k.Description}
		})
}

func repoAdd(p *command.Program) *cobra.Command {
	var in routes.AddPackagesInput
	return command.Answer(p, command.Spec{
		Use:   "add NAME FILE|DIRECTORY…",
		Short: "Add packages to a repo",
		Long: `Add packages to a repo, all or none.

A FILE is a .deb, .udeb or .ddeb, or a .dsc or .changes together with the files that it
lists. A DIRECTORY stands for all of those in it and below.`,
		Example: `  aptarium repo add tools hello_1.0-1_amd64.deb
  aptarium repo add tools ../hello_1.0-1_amd64.changes
  aptarium repo add tools ./build/ --replace`,
		Complete: []command.Words{command.Collections("repo")}, Files: true,
		Flags: func(f command.Flags) {
			f.String(&in.Component, "component", "component to list them in (default: the component of the repo)")
			f.Bool(&in.Replace, "replace", "replace packages of the same name, version and architecture with other content")
		},
	}, func(r *command.Run) (change collections.RepoChange, err error) {
		files, err := collect(r.Args[1:])
		if err != nil {
			return change, err
		}
		s, err := r.Session(r.Context())
		if err != nil {
			return change, err
		}
		in.Name = r.Args[0]
		sent := newUploadProgress(r, files)
		defer sent.show.End()
		return s.AddPackages(r.Context(), in, sent.files())
	}, showChange)
}

func repoRemove(p *command.Program) *cobra.Command {
	var in routes.RemovePackagesInput
	return command.Answer(p, command.Spec{
		Use:   "remove NAME PACKAGE[=VERSION]…",
		Short: "Remove packages from a repo",
		Long:  "Remove packages from a repo. PACKAGE is a name or a pattern. Past states and releases keep the packages.",
		Example: `  aptarium repo remove tools hello
  aptarium repo remove tools hello=1.0-1 --architecture arm64
  aptarium repo remove tools 'libhello*'`,
		Complete: []command.Words{command.Collections("repo"), packagesOfRepo},
		Flags: func(f command.Flags) {
			f.String(&in.Architecture, "architecture", "only packages of this architecture")
			f.String(&in.Type, "type", "only deb, udeb or source packages", command.PackageTypes)
		},
	}, func(r *command.Run) (all collections.RepoChange, err error) {
		in.Name = r.Args[0]
		for _, text := range r.Args[1:] {
			in.Package, in.Version, _ = strings.Cut(text, "=")
			change, err := command.Call(r, routes.RemovePackages, in)
			if err != nil {
				return all, err
			}
			change.Added = slices.Concat(all.Added, change.Added)
			change.Removed = slices.Concat(all.Removed, change.Removed)
			all = change
		}
		return all, nil
	}, showChange)
}

// packagesOfRepo completes names of packages of the repo that the first argument names.
func packagesOfRepo(r *command.Run) iter.Seq2[string, error] {
	return command.NamesOf(packages(r, "repo", command.Packages{}), func(k collections.Package) string { return k.Name })
}

// showChange shows the change of the repo that the first argument names, package by package.
func showChange(r *command.Run, change collections.RepoChange) { showRepoChange(r, r.Args[0], change) }

func showRepoChange(r *command.Run, repo string, change collections.RepoChange) {
	showPackages(r, "-", change.Removed)
	showPackages(r, "+", change.Added)
	when := " now"
	if len(change.Added)+len(change.Removed) == 0 {
		when = ", as before"
	}
	r.Print("The repo %s has %s%s.", repo, command.Count(change.Packages, "package", "packages"), when)
}

// showPackages writes a line for each package, with a mark before it.
func showPackages(r *command.Run, mark string, list []collections.Package) {
	for _, k := range list {
		r.Print("%s %s %s %s", mark, k.Name, k.Version, k.Architecture)
	}
}

func repoCopy(p *command.Program) *cobra.Command {
	var in routes.Copy
	return command.Ask(p, command.Spec{
		Use:   "copy NAME --from REF QUERY",
		Short: "Copy packages into a repo",
		Long: `List packages of a mirror, a snapshot or another repo in a repo too: the packages that
match a package query. Nothing is stored twice.`,
		Example: `  aptarium repo copy stable --from repo:testing 'hello (>= 2)'
  aptarium repo copy tools --from mirror:bookworm ripgrep --with-dependencies --dry-run`,
		Complete: []command.Words{command.Collections("repo")},
		Flags: func(f command.Flags) {
			f.String(&in.From, "from", "mirror:NAME, repo:NAME or snapshot:NAME that has the packages, with @TIME for a past state", command.References)
			f.Bool(&in.WithDependencies, "with-dependencies", "copy their dependencies too, if REF has them")
			f.Bool(&in.DryRun, "dry-run", "only show the packages")
		},
	}, routes.CopyPackages, func(r *command.Run) routes.NamedBody[routes.Copy] {
		in.Query = r.Args[1]
		return routes.SendTo(r.Args[0], in)
	}, func(r *command.Run, change collections.RepoChange) {
		if !in.DryRun {
			showChange(r, change)
			return
		}
		showPackages(r, "+", change.Added)
		r.Print("%s would be added.", command.Count(len(change.Added), "package", "packages"))
	})
}

func repoEdit(p *command.Program) *cobra.Command {
	var in repos.RepoEdit
	var keep collections.Retention
	return command.Answer(p, command.Spec{
		Use:   "edit NAME",
		Short: "Change the name or settings of a repo",
		Long: `Change the name or settings of a repo; without a flag a setting stays. Publications of
the repo follow.`,
		Example: `  aptarium repo edit tools --rename utilities
  aptarium repo edit tools --component extra --distribution bookworm`,
		Complete: []command.Words{command.Collections("repo")},
		Flags: func(f command.Flags) {
			command.Optional(f, f.String, &in.Name, "rename", "new name")
			command.Optional(f, f.String, &in.Description, "description", "description for people")
			command.Optional(f, f.String, &in.Component, "component", "component of packages that are added from now on")
			command.Optional(f, f.String, &in.Distribution, "distribution", "suggested distribution of a publication")
			f.Retention(&keep, "states")
		},
	}, func(r *command.Run) (changed collections.Collection, err error) {
		if r.Given("retention") {
			in.Retention = &keep
		}
		if in == (repos.RepoEdit{}) {
			return changed, r.Usage("nothing is to be changed")
		}
		return command.Call(r, routes.EditRepo, routes.SendTo(r.Args[0], in))
	}, func(r *command.Run, changed collections.Collection) { r.Print("Changed the repo %s.", changed.Name) })
}
