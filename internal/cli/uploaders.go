package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/upload"
)

// maxRulesFile bounds the file of --set.
const maxRulesFile = 4 << 20

// repoUploaders shows or changes whose .changes files a repo takes.
func (p *program) repoUploaders() *cobra.Command {
	var from string
	var anybody bool
	c := &cobra.Command{
		Use:   "uploaders NAME",
		Short: "Show or set who may upload",
		Long: `Show or change whose .changes files a repo takes, by rules in JSON:

  {"groups": {"team": ["FINGERPRINT", "FINGERPRINT"]},
   "rules": [{"condition": "Source (hello)", "allow": ["team"]}]}

The first rule whose condition holds for the fields of the .changes file, and
that allows or denies the key that signed it, counts; * stands for every key.
What no rule speaks of is denied. Without rules, all good signatures count.`,
		Example: `  aptarium repo uploaders tools --set uploaders.json
  aptarium repo uploaders tools
  aptarium repo uploaders tools --anybody`,
		Args: exactly("NAME"), ValidArgsFunction: p.collections("repo"),
	}
	c.Flags().StringVar(&from, "set", "", "take the rules in this file")
	c.Flags().BoolVar(&anybody, "anybody", false, "take the rules away")
	c.MarkFlagsMutuallyExclusive("set", "anybody")
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		if anybody {
			if err := client.Do(c.Context(), s.Client, routes.DropUploaders, routes.Named{Name: args[0]}); err != nil {
				return err
			}
			return p.show(struct{}{}, func(w io.Writer) {
				fmt.Fprintf(w, "The repo %s takes every .changes file with a good signature.\n", args[0])
			})
		}
		var rules repos.Uploaders
		if from == "" {
			rules, err = client.Call(c.Context(), s.Client, routes.GetUploaders, routes.Named{Name: args[0]})
		} else if rules, err = readUploaders(from); err == nil {
			rules, err = client.Call(c.Context(), s.Client, routes.SetUploaders, routes.SendTo(args[0], rules))
		}
		if err != nil {
			return err
		}
		return p.show(rules, func(w io.Writer) { showUploaders(w, rules) })
	}
	return c
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
func showUploaders(w io.Writer, rules repos.Uploaders) {
	for _, r := range rules.Rules {
		fmt.Fprintln(w, r)
	}
	if len(rules.Rules) == 0 {
		fmt.Fprintln(w, "Nobody may upload.")
	}
}
