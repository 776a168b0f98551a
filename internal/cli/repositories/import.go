package repositories

import (
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/aptkeys"
	"github.com/aptarium/aptarium/internal/cli/command"
)

func importing(p *command.Program) *cobra.Command {
	return command.Group(&cobra.Command{Use: "import", Short: "Import the repositories of aptly or reprepro", Example: `  aptarium import aptly --root ~/.aptly --dry-run
  aptarium import reprepro --base /srv/reprepro`},
		importAptly(p), importReprepro(p))
}

// importFlags are the flags of all imports.
type importFlags struct {
	plan   imports.ImportPlan
	dryRun bool
	keys   []string
}

func (i *importFlags) define(f command.Flags) {
	f.Bool(&i.dryRun, "dry-run", "only show the plan")
	f.String(&i.plan.EndpointDirectory, "endpoint-directory", "publish into this directory of the server, for another web server (default: the program serves the publications)")
	f.List(&i.keys, "gpg-key", "key that signs the publications, by name, fingerprint, key id or address: ours, or a key of the gpg of the server; may be given several times")
	f.Directory("endpoint-directory")
}

func importAptly(p *command.Program) *cobra.Command {
	i := importFlags{plan: imports.ImportPlan{From: imports.FromAptly}}
	var keyrings []string
	return command.New(p, command.Spec{
		Use:   "aptly [--root DIR] [--config-file FILE]",
		Short: "Import from aptly",
		Long: `Import the repos, mirrors, snapshots and publications of an aptly.

Nothing of aptly's is changed. Its packages are linked, not copied, where both are on
one file system. You can import again: new things are added, and all others stay as
they are here. Paths are on the server, which must be able to read them.`,
		Example: `  aptarium import aptly --root /var/lib/aptly --dry-run
  aptarium import aptly --config-file /etc/aptly.conf --gpg-key archive@example.org`,
		Waits: true,
		Flags: func(f command.Flags) {
			i.define(f)
			f.String(&i.plan.Root, "root", "aptly's root directory (default: as in --config-file)")
			f.String(&i.plan.Config, "config-file", "aptly's configuration file")
			f.Strings(&keyrings, "keyring", "file with the keys that may sign the upstreams of mirrors; may be given several times (default: gpg's trustedkeys.gpg)")
			f.String(&i.plan.GnuPGHome, "gnupg-home", "GnuPG home with trustedkeys.gpg (default: the home of the server's gpg)")
			f.Bool(&i.plan.Unverified, "unverified", "without keys, let mirrors accept unsigned upstreams")
			f.Directory("root")
		},
	}, func(r *command.Run) (err error) {
		if i.plan.Root == "" && i.plan.Config == "" {
			return r.Usage("--root is missing")
		}
		if len(keyrings) > 0 {
			if i.plan.Keyring, err = aptkeys.Read(keyrings); err != nil {
				return err
			}
		}
		return i.run(r)
	})
}

func importReprepro(p *command.Program) *cobra.Command {
	i := importFlags{plan: imports.ImportPlan{From: imports.FromReprepro}}
	return command.New(p, command.Spec{
		Use:   "reprepro --base DIR",
		Short: "Import from reprepro",
		Long: `Import a reprepro: a repo for each codename, and its publications.

Nothing of reprepro's is changed. Its packages are linked, not copied, where both are
on one file system. You can import again: new things are added, and all others stay as
they are here. The path is on the server, which must be able to read it.`,
		Example: "  aptarium import reprepro --base /srv/reprepro --dry-run",
		Waits:   true,
		Flags: func(f command.Flags) {
			i.define(f)
			f.String(&i.plan.Root, "base", "reprepro's base directory, with conf and db")
			f.Directory("base")
		},
	}, i.run)
}

// run imports, or shows the plan of the import.
func (i *importFlags) run(r *command.Run) (err error) {
	for _, path := range []*string{&i.plan.Root, &i.plan.Config, &i.plan.GnuPGHome, &i.plan.EndpointDirectory} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	if len(i.keys) > 0 {
		i.plan.Signing = &publications.Signing{Keys: i.keys}
	}
	if i.dryRun {
		plan, err := command.Call(r, routes.PlanImport, routes.Send(i.plan))
		if err != nil {
			return err
		}
		return r.Show(plan, func() { showImport(r, plan, "would be added") })
	}
	started, err := command.Call(r, routes.Import, routes.Send(i.plan))
	if err != nil {
		return err
	}
	return command.AwaitResult(r, started, func(r *command.Run, done imports.ImportSummary) { showImport(r, done, "added") })
}

func showImport(r *command.Run, s imports.ImportSummary, added string) {
	for _, warning := range s.Warnings {
		r.Say("warning: %s", warning)
	}
	for _, i := range s.Items {
		line := fmt.Sprintf("%-11s %s: %s", i.Kind, i.Name, i.Status)
		if i.Kind != "publication" && i.Reason == "" {
			line += " (" + command.Count(i.Packages, "package", "packages") + ", " + strconv.Itoa(i.Added) + " " + added + ")"
		}
		if i.Reason != "" {
			line += ", " + i.Reason
		}
		r.Print("%s", line)
	}
}
