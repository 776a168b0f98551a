package repositories

import (
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/upload"
)

// maxRulesFile bounds the file of --set.
const maxRulesFile = 4 << 20

func repoUploaders(p *command.Program) *cobra.Command {
	var from string
	var anybody bool
	return command.New(p, command.Spec{
		Use:   "uploaders NAME",
		Short: "Show or set who may upload",
		Long: `Show or change whose .changes files a repo accepts, by rules in JSON:

  {"groups": {"team": ["FINGERPRINT", "FINGERPRINT"]},
   "rules": [{"condition": "Source (hello)", "allow": ["team"]}]}

The first rule counts whose condition matches the fields of the .changes file, and that
allows or denies the key that signed it; * stands for every key. Without such a rule,
the file is refused. Without any rules, all good signatures are accepted.`,
		Example: `  aptarium repo uploaders tools --set uploaders.json
  aptarium repo uploaders tools
  aptarium repo uploaders tools --anybody`,
		Complete: []command.Words{command.Collections("repo")},
		Flags: func(f command.Flags) {
			f.String(&from, "set", "set the rules of this file")
			f.Bool(&anybody, "anybody", "remove the rules")
			f.Exclusive("set", "anybody")
		},
	}, func(r *command.Run) error {
		if anybody {
			if _, err := command.Call(r, routes.DropUploaders, command.Named(r)); err != nil {
				return err
			}
			return r.Show(struct{}{}, func() { r.Print("The repo %s accepts every .changes file with a good signature.", r.Args[0]) })
		}
		rules, err := setOrGetUploaders(r, from)
		if err != nil {
			return err
		}
		return r.Show(rules, func() { showUploaders(r, rules) })
	})
}

// setOrGetUploaders sets the rules of a file, or without a file reads the rules.
func setOrGetUploaders(r *command.Run, file string) (repos.Uploaders, error) {
	if file == "" {
		return command.Call(r, routes.GetUploaders, command.Named(r))
	}
	rules, err := readUploaders(file)
	if err != nil {
		return rules, err
	}
	return command.Call(r, routes.SetUploaders, routes.SendTo(r.Args[0], rules))
}

// readUploaders reads a file of rules.
func readUploaders(name string) (repos.Uploaders, error) {
	f, err := os.Open(name)
	if err != nil {
		return repos.Uploaders{}, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxRulesFile))
	if err := errors.Join(err, f.Close()); err != nil {
		return repos.Uploaders{}, err
	}
	return upload.ParseUploaders(text)
}

// showUploaders writes a rule on each line.
func showUploaders(r *command.Run, rules repos.Uploaders) {
	for _, rule := range rules.Rules {
		r.Print("%s", rule)
	}
	if len(rules.Rules) == 0 {
		r.Print("Nobody may upload.")
	}
}
