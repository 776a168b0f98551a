package repositories

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/aptkeys"
	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/problem"
)

// mirrorFlags are the settings of a mirror as flags.
type mirrorFlags struct {
	mirrors.Config
	with     []string
	keyrings []string
	unsigned bool
}

// define defines the flags that set a configuration.
func (m *mirrorFlags) define(f command.Flags) {
	c := &m.Config
	classes := namesOf(mirrors.Classes())
	f.List(&c.Components, "component", "component to keep, several times or with commas (default: all)")
	f.List(&c.Architectures, "architecture", "architecture to keep, several times or with commas (default: all)")
	f.List(&c.Packages, "package", "name or pattern of packages to keep, several times or with commas (default: all)")
	f.String(&c.Filter, "filter", "query that packages must match to be kept, such as 'nginx | Name (% lib*)'")
	f.Bool(&c.FilterWithDependencies, "filter-with-dependencies", "keep the dependencies of the filter's matches too")
	f.Bool(&c.LatestOnly, "latest-only", "keep only the highest version of each package")
	f.Bool(&c.UDebs, "udebs", "keep packages of the installer too")
	f.List(&m.with, "with", "class of files to copy too, several times or with commas: "+strings.Join(classes, ", "), command.OneOf(classes...))
	f.Bool(&c.Verbatim, "verbatim", "keep the upstream's own Release and indexes too, so that they can be published byte for byte")
	f.Bool(&c.SkipComponentCheck, "skip-component-check", "accept components that the upstream does not name")
	f.Bool(&c.SkipArchitectureCheck, "skip-architecture-check", "accept architectures that the upstream does not name")
	f.Strings(&m.keyrings, "keyring", "file with the keys that may sign it, armored or binary; may be given several times")
	f.Bool(&m.unsigned, "unsigned", "check no signature: trust the connection")
	f.Bool(&c.Sources, "sources", "keep source packages too")
	f.Bool(&c.AcceptExpired, "accept-expired", "accept a Release past its Valid-Until, as archives of old suites need")
	f.String((*string)(&c.Policy), "policy", "full: a sync downloads all packages (default); on-demand: the first request for a package downloads it",
		command.OneOf(string(mirrors.PolicyFull), string(mirrors.PolicyOnDemand)))
	f.Int(&c.ShrinkGuard, "shrink-guard", "refuse a sync that loses more than this share of the packages, in percent (default 34)")
}

// apply sets the given flags on a configuration.
func (m *mirrorFlags) apply(r *command.Run, to *mirrors.Config) error {
	if m.unsigned && len(m.keyrings) > 0 {
		return r.Usage("--unsigned and --keyring exclude each other")
	}
	on := mirrorFlags{Config: *to}
	if err := r.Apply(on.define); err != nil {
		return err
	}
	if r.Given("with") {
		on.With = nil
		for _, name := range on.with {
			on.With = append(on.With, mirrors.Class(name))
		}
	}
	if m.unsigned {
		on.Keyring = ""
	}
	*to = on.Config
	if len(m.keyrings) == 0 {
		return nil
	}
	text, err := aptkeys.Read(m.keyrings)
	to.Keyring = text
	return err
}

func mirrorCreate(p *command.Program) *cobra.Command {
	var flags mirrorFlags
	var in mirrors.NewMirror
	return command.Answer(p, command.Spec{
		Use:   "create NAME [URL SUITE]",
		Short: "Create a mirror",
		Long: `Create a mirror; its first sync fetches the packages. Without URL and SUITE it is
empty, for ` + "`aptarium mirror run`" + ` to fill.

Without --keyring, the keys that this machine's apt trusts may sign it: those in
/etc/apt/trusted.gpg.d, and the archive keyrings in /usr/share/keyrings.`,
		Example: `  aptarium mirror create bookworm http://deb.debian.org/debian bookworm --component main --architecture amd64
  aptarium mirror create tools https://deb.example.org/tools ./ --keyring tools.asc
  aptarium mirror create some http://deb.debian.org/debian trixie --package 'postgresql-*' --sources
  aptarium mirror create debian http://deb.debian.org/debian trixie --sources --verbatim
  aptarium mirror create desktop http://deb.debian.org/debian trixie --with translations,appstream,commands
  aptarium mirror create web http://deb.debian.org/debian trixie --filter 'nginx | Name (% php8*)' --filter-with-dependencies`,
		Flags: func(f command.Flags) {
			flags.define(f)
			f.String(&in.Description, "description", "description for people")
			f.Retention(&in.Retention, "states")
		},
	}, func(r *command.Run) (made mirrors.Mirror, err error) {
		if err := flags.apply(r, &in.Config); err != nil {
			return made, err
		}
		in.Name = r.Args[0]
		if len(r.Args) > 1 {
			in.Config.URL, in.Config.Suite = r.Args[1], r.Args[2]
			if !flags.unsigned && len(flags.keyrings) == 0 {
				if err := trustApt(p, &in.Config); err != nil {
					return made, err
				}
			}
		}
		return command.Call(r, routes.CreateMirror, routes.Send(in))
	}, func(r *command.Run, m mirrors.Mirror) {
		if m.Config.FollowsNothing() {
			r.Print("Created the mirror %s, which follows nothing yet. `aptarium mirror run TASK.yaml` fills it.", m.Name)
			return
		}
		r.Print("Created the mirror %s. `aptarium mirror sync %s` fills it.", m.Name, m.Name)
	})
}

// trustApt lets the keys sign that apt trusts on this machine.
func trustApt(p *command.Program, config *mirrors.Config) error {
	files, err := aptkeys.Files()
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return problem.New(problem.Invalid, "no keys that may sign this mirror are known").In("keyring").
			WithHint("name the upstream's keys with --keyring FILE, or say --unsigned")
	}
	if config.Keyring, err = aptkeys.Read(files); err != nil {
		return err
	}
	folders := make([]string, len(files))
	for i, file := range files {
		folders[i] = filepath.Dir(file)
	}
	p.Say("Trusting the keys of this machine's apt (%s, in %s); --keyring names others.",
		command.Count(len(files), "file", "files"), strings.Join(slices.Compact(folders), " and "))
	return nil
}

func mirrorEdit(p *command.Program) *cobra.Command {
	var flags mirrorFlags
	var keep collections.Retention
	upstream := func(c *mirrors.Config) func(f command.Flags) {
		return func(f command.Flags) {
			f.String(&c.URL, "url", "root of the upstream archive")
			f.String(&c.Suite, "suite", "suite")
		}
	}
	return command.Answer(p, command.Spec{
		Use:   "edit NAME",
		Short: "Change the settings of a mirror",
		Long:  "Change the settings of a mirror for its next sync. Without a flag a setting stays.",
		Example: `  aptarium mirror edit bookworm --architecture amd64,arm64
  aptarium mirror edit bookworm --url https://archive.debian.org/debian --accept-expired`,
		Complete: []command.Words{command.Collections("mirror")},
		Flags: func(f command.Flags) {
			flags.define(f)
			upstream(&flags.Config)(f)
			f.Retention(&keep, "states")
		},
	}, func(r *command.Run) (m mirrors.Mirror, err error) {
		if m, err = command.Call(r, routes.GetMirror, command.Named(r)); err != nil {
			return m, err
		}
		config := m.Config
		if err := flags.apply(r, &config); err != nil {
			return m, err
		}
		if err := r.Apply(upstream(&config)); err != nil {
			return m, err
		}
		m, err = command.Call(r, routes.EditMirror, routes.SendTo(r.Args[0], routes.MirrorEdit{Config: config}))
		if err != nil || !r.Given("retention") {
			return m, err
		}
		return command.Call(r, routes.RetainMirror, routes.SendTo(r.Args[0], keep))
	}, showMirror)
}
