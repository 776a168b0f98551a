package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/imports"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/aptkeys"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// imports is the commands that bring over the repositories of other programs.
func (p *program) imports() *cobra.Command {
	return group(&cobra.Command{Use: "import", Short: "Import the repositories of aptly or reprepro", Example: `  aptarium import aptly --root ~/.aptly --dry-run
  aptarium import reprepro --base /srv/reprepro`},
		p.importAptly(), p.importReprepro())
}

// importFlags are what can be said about any import.
type importFlags struct {
	plan   imports.ImportPlan
	dryRun bool
	noWait bool
	sign   signFlags
}

func (f *importFlags) define(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.dryRun, "dry-run", false, "only tell what would be done")
	flags.StringVar(&f.plan.EndpointDirectory, "endpoint-directory", "", "publish into this directory of the server, for another web server (default: the program serves what is published)")
	flags.StringSliceVar(&f.sign.keys, "gpg-key", nil, "key that signs what is published, by name, fingerprint, key id or address: ours, or one of the gpg of the server; may be given several times")
	defineNoWait(c, &f.noWait)
	_ = c.MarkFlagDirname("endpoint-directory") // fails only for a flag that is not there
}

func (p *program) importAptly() *cobra.Command {
	f := importFlags{plan: imports.ImportPlan{From: imports.FromAptly}}
	var keyrings []string
	c := &cobra.Command{
		Use:   "aptly [--root DIR] [--config-file FILE]",
		Short: "Import from aptly",
		Long: `Bring over what an aptly has: repos, mirrors, snapshots, and what it publishes.

Nothing of aptly's is changed. Its packages are linked, not copied, where both are
on one file system. It can be done again: what is new there comes, and all else
stays as it is here. Paths are those of the server, which must be able to read them.`,
		Example: `  aptarium import aptly --root /var/lib/aptly --dry-run
  aptarium import aptly --config-file /etc/aptly.conf --gpg-key archive@example.org`,
		Args: exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	f.define(c)
	flags := c.Flags()
	flags.StringVar(&f.plan.Root, "root", "", "aptly's root directory (default: what --config-file says)")
	flags.StringVar(&f.plan.Config, "config-file", "", "aptly's configuration file")
	flags.StringArrayVar(&keyrings, "keyring", nil, "file with the keys that may sign what mirrors follow; may be given several times (default: gpg's trustedkeys.gpg)")
	flags.StringVar(&f.plan.GnuPGHome, "gnupg-home", "", "GnuPG home that has trustedkeys.gpg (default: that of the server)")
	flags.BoolVar(&f.plan.Unverified, "unverified", false, "without keys, let mirrors take what their upstreams say unsigned")
	_ = c.MarkFlagDirname("root") // fails only for a flag that is not there
	c.RunE = func(c *cobra.Command, _ []string) error {
		if f.plan.Root == "" && f.plan.Config == "" {
			return usage(c, "--root is missing")
		}
		if len(keyrings) > 0 {
			var err error
			if f.plan.Keyring, err = aptkeys.Read(keyrings); err != nil {
				return err
			}
		}
		return p.bringOver(c, &f)
	}
	return c
}

func (p *program) importReprepro() *cobra.Command {
	f := importFlags{plan: imports.ImportPlan{From: imports.FromReprepro}}
	c := &cobra.Command{
		Use:   "reprepro --base DIR",
		Short: "Import from reprepro",
		Long: `Bring over what a reprepro has: a repo for each codename, and what it publishes.

Nothing of reprepro's is changed. Its packages are linked, not copied, where both
are on one file system. It can be done again: what is new there comes, and all else
stays as it is here. The path is that of the server, which must be able to read it.`,
		Example: "  aptarium import reprepro --base /srv/reprepro --dry-run",
		Args:    exactly(), ValidArgsFunction: cobra.NoFileCompletions,
	}
	f.define(c)
	c.Flags().StringVar(&f.plan.Root, "base", "", "reprepro's base directory, with conf and db")
	_ = c.MarkFlagDirname("base") // fails only for a flag that is not there
	c.RunE = func(c *cobra.Command, _ []string) error {
		if f.plan.Root == "" {
			return usage(c, "--base is missing")
		}
		return p.bringOver(c, &f)
	}
	return c
}

// bringOver does an import, or tells what it would do.
func (p *program) bringOver(c *cobra.Command, f *importFlags) error {
	for _, path := range []*string{&f.plan.Root, &f.plan.Config, &f.plan.GnuPGHome, &f.plan.EndpointDirectory} {
		if *path == "" {
			continue
		}
		var err error
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	if len(f.sign.keys) > 0 {
		f.plan.Signing = &publications.Signing{Keys: f.sign.keys}
	}
	s, err := p.session(c.Context())
	if err != nil {
		return err
	}
	if f.dryRun {
		plan, err := client.Call(c.Context(), s.Client, routes.PlanImport, routes.Send(f.plan))
		if err != nil {
			return err
		}
		return p.show(plan, func(w io.Writer) { p.showImport(w, plan, "would be added") })
	}
	started, err := client.Call(c.Context(), s.Client, routes.Import, routes.Send(f.plan))
	if err != nil {
		return err
	}
	if f.noWait {
		return p.await(c.Context(), s, started, true)
	}
	done, err := p.follow(c.Context(), s, started.ID)
	if err != nil {
		return err
	}
	var summary imports.ImportSummary
	if err := json.Unmarshal(done.Result, &summary); err != nil {
		return fmt.Errorf("reading what the import did: %w", err)
	}
	return p.show(summary, func(w io.Writer) { p.showImport(w, summary, "added") })
}

func (p *program) showImport(w io.Writer, s imports.ImportSummary, added string) {
	for _, warning := range s.Warnings {
		p.say("warning: %s", warning)
	}
	for _, i := range s.Items {
		line := fmt.Sprintf("%-11s %s: %s", i.Kind, i.Name, i.Status)
		if i.Kind != "publication" && i.Reason == "" {
			line += " (" + count(i.Packages, "package", "packages") + ", " + strconv.Itoa(i.Added) + " " + added + ")"
		}
		if i.Reason != "" {
			line += ", " + i.Reason
		}
		fmt.Fprintln(w, line)
	}
}
