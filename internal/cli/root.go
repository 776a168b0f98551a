package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// program is one run of the command.
type program struct {
	streams
	flags struct {
		server string
		data   string
		config string
		json   bool
	}
	opened *session // once a command has asked for it
}

// root makes the tree of commands.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "aptarium",
		Short: "Mirror, curate and publish APT repositories",
		Long: `Mirror, curate and publish APT repositories.

Commands speak to the server of --server, or work on the data folder themselves
when no server has it open.`,
		Example: `  aptarium mirror create bookworm http://deb.debian.org/debian bookworm --component main --architecture amd64
  aptarium mirror sync bookworm
  aptarium publish create debian bookworm --source mirror:bookworm
  aptarium serve`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage(c, "%w", err) })
	flags := root.PersistentFlags()
	flags.StringVar(&p.flags.server, "server", "", "URL of the server to speak to (also APTARIUM_SERVER; its token is in APTARIUM_TOKEN)")
	flags.StringVar(&p.flags.data, "data", "", "data folder (also APTARIUM_DATA)")
	flags.StringVar(&p.flags.config, "config", "", "configuration file (also APTARIUM_CONFIG)")
	flags.BoolVar(&p.flags.json, "json", false, "write JSON, as the interface gives it")
	p.addGroups(root)
	root.SetHelpCommandGroupID("operations")
	acceptSynonyms(root)
	return group(root)
}

// addGroups adds the commands in the groups under which the help lists them.
func (p *program) addGroups(root *cobra.Command) {
	add := func(id, title string, commands ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: id, Title: title + ":"})
		for _, c := range commands {
			c.GroupID = id
		}
		root.AddCommand(commands...)
	}
	add("repositories", "Repositories", p.mirror(), p.repo(), p.snapshot(), p.search(), p.log(), p.diff(), p.revert(), p.imports())
	add("publishing", "Publishing", p.publish(), p.endpoint(), p.key())
	add("promotion", "Promotion", p.distribution(), p.series(), p.pocket(), p.check())
	add("people", "People", p.person(), p.role(), p.accessGroup(), p.token(), p.keypair(), p.audit())
	add("machines", "Machines", p.profile(), p.aptSource(), p.savedSearch(), p.landscape())
	add("operations", "Operations", p.serve(), p.apply(), p.export(), p.activity(), p.gc(), p.scrub(), p.version(), p.completion())
}

// synonyms are the words that people type for the name of a command.
func synonyms(name string) []string {
	switch name {
	case "drop":
		return []string{"delete", "rm", "remove"}
	case "remove":
		return []string{"delete", "rm"}
	case "sync":
		return []string{"update"}
	case "list":
		return []string{"ls"}
	}
	return nil
}

// acceptSynonyms lets each command below c be called by its synonyms, unless another command
// beside it has that name.
func acceptSynonyms(c *cobra.Command) {
	taken := map[string]bool{}
	for _, below := range c.Commands() {
		taken[below.Name()] = true
	}
	for _, below := range c.Commands() {
		for _, word := range synonyms(below.Name()) {
			if !taken[word] {
				below.Aliases = append(below.Aliases, word)
				taken[word] = true
			}
		}
		acceptSynonyms(below)
	}
}

// group makes a command that only has others below it.
func group(c *cobra.Command, below ...*cobra.Command) *cobra.Command {
	c.AddCommand(below...)
	c.Args = cobra.ArbitraryArgs
	c.SuggestionsMinimumDistance = 2
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			return usage(c, "there is no command %q; is it %q that you mean?", args[0], near[0])
		}
		return usage(c, "there is no command %q", args[0])
	}
	return c
}

// usage is the error of a command line that means nothing.
func usage(c *cobra.Command, format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...), fmt.Sprintf("`%s --help` tells how to call it", c.CommandPath())}
}

// arguments checks how many there are: as many as are named, and more of the last
// one if it is many.
func arguments(many bool, names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return usage(c, "%s is missing", names[len(args)])
		}
		if len(args) > len(names) && !many {
			return usage(c, "%q is one argument too many", args[len(names)])
		}
		return nil
	}
}

// exactly and atLeast name the arguments of a command.
func exactly(names ...string) cobra.PositionalArgs { return arguments(false, names...) }
func atLeast(names ...string) cobra.PositionalArgs { return arguments(true, names...) }
