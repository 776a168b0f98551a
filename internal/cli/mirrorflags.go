package cli

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/aptkeys"
	"github.com/aptarium/aptarium/internal/problem"
)

// mirrorFlags are what can be said about a mirror.
type mirrorFlags struct {
	components    []string
	architectures []string
	packages      []string
	filter        string
	withDeps      bool
	latestOnly    bool
	udebs         bool
	with          []string
	verbatim      bool
	anyComponent  bool
	anyArch       bool
	keyrings      []string
	unsigned      bool
	sources       bool
	acceptExpired bool
	shrinkGuard   int
	policy        string
}

func (m *mirrorFlags) define(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&m.components, "component", nil, "component to keep, several times or with commas (default: all)")
	flags.StringSliceVar(&m.architectures, "architecture", nil, "architecture to keep, the same way (default: all)")
	flags.StringSliceVar(&m.packages, "package", nil, "name or pattern of packages to keep, the same way (default: all)")
	flags.StringVar(&m.filter, "filter", "", "query that packages must match to be kept, such as 'nginx | Name (% lib*)'")
	flags.BoolVar(&m.withDeps, "filter-with-dependencies", false, "keep also what the filter's matches depend on")
	flags.BoolVar(&m.latestOnly, "latest-only", false, "keep only the highest version of each package")
	flags.BoolVar(&m.udebs, "udebs", false, "packages of the installer too")
	flags.StringSliceVar(&m.with, "with", nil, "class of files to take along, several times or with commas: "+strings.Join(classNames(), ", "))
	flags.BoolVar(&m.verbatim, "verbatim", false, "keep the upstream's own Release and indexes too, so that they can be published byte for byte")
	flags.BoolVar(&m.anyComponent, "skip-component-check", false, "do not refuse components that the upstream does not name")
	flags.BoolVar(&m.anyArch, "skip-architecture-check", false, "do not refuse architectures that the upstream does not name")
	flags.StringArrayVar(&m.keyrings, "keyring", nil, "file with the keys that may sign it, armored or binary; may be given several times")
	flags.BoolVar(&m.unsigned, "unsigned", false, "check no signature: take what comes, on the word of the connection")
	flags.BoolVar(&m.sources, "sources", false, "source packages too")
	flags.BoolVar(&m.acceptExpired, "accept-expired", false, "accept a Release past its Valid-Until, as archives of old suites need")
	flags.StringVar(&m.policy, "policy", "", "full: a sync downloads all packages (default); on-demand: each comes when it is first asked for")
	completeFlag(c, "policy", oneOf(string(mirrors.PolicyFull), string(mirrors.PolicyOnDemand)))
	completeFlag(c, "with", oneOf(classNames()...))
	flags.IntVar(&m.shrinkGuard, "shrink-guard", 0, "refuse a sync that loses more than this share of the packages, in percent (default 34)")
}

// applyMirrorFlags changes a configuration as the flags say. A new mirror needs
// keys from somewhere.
func (p *program) applyMirrorFlags(c *cobra.Command, m *mirrorFlags, config *mirrors.Config, fresh bool) error {
	changed := c.Flags().Changed
	for flag, apply := range map[string]func(){
		"component":      func() { config.Components = m.components },
		"architecture":   func() { config.Architectures = m.architectures },
		"package":        func() { config.Packages = m.packages },
		"sources":        func() { config.Sources = m.sources },
		"accept-expired": func() { config.AcceptExpired = m.acceptExpired },
		"shrink-guard":   func() { config.ShrinkGuard = m.shrinkGuard },
		"policy":         func() { config.Policy = mirrors.Policy(m.policy) },
		"unsigned":       func() { config.Keyring = "" },
		"filter":         func() { config.Filter = m.filter },
		"latest-only":    func() { config.LatestOnly = m.latestOnly },
		"udebs":          func() { config.UDebs = m.udebs },
		"verbatim":       func() { config.Verbatim = m.verbatim },
		"with": func() {
			config.With = nil
			for _, name := range m.with {
				config.With = append(config.With, mirrors.Class(name))
			}
		},

		"filter-with-dependencies": func() { config.FilterWithDependencies = m.withDeps },
		"skip-component-check":     func() { config.SkipComponentCheck = m.anyComponent },
		"skip-architecture-check":  func() { config.SkipArchitectureCheck = m.anyArch },
	} {
		if changed(flag) {
			apply()
		}
	}
	switch {
	case m.unsigned && len(m.keyrings) > 0:
		return usage(c, "--unsigned and --keyring exclude each other")
	case len(m.keyrings) > 0:
		text, err := aptkeys.Read(m.keyrings)
		config.Keyring = text
		return err
	case fresh && !m.unsigned:
		return p.trustOfApt(config)
	}
	return nil
}

// classNames gives the classes of files that --with takes.
func classNames() []string {
	var names []string
	for _, class := range mirrors.Classes() {
		names = append(names, string(class))
	}
	return names
}

// trustOfApt takes the keys of this machine.
func (p *program) trustOfApt(config *mirrors.Config) error {
	files, err := aptkeys.Files()
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return problem.New(problem.Invalid, "nothing says which keys may sign this mirror").In("keyring").
			WithHint("name the upstream's keys with --keyring FILE, or say --unsigned")
	}
	if config.Keyring, err = aptkeys.Read(files); err != nil {
		return err
	}
	p.say("Trusting the keys of this machine's apt (%s, in %s); --keyring names others.",
		count(len(files), "file", "files"), strings.Join(folders(files), " and "))
	return nil
}

// folders gives the folders of sorted files, each once.
func folders(files []string) (list []string) {
	for _, f := range files {
		if dir := filepath.Dir(f); !slices.Contains(list, dir) {
			list = append(list, dir)
		}
	}
	return list
}
