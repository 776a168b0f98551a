package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/problem"
)

// applyFlags are what can be said about an apply.
type applyFlags struct{ dryRun, prune, yes, noWait bool }

func (p *program) apply() *cobra.Command {
	var f applyFlags
	c := &cobra.Command{
		Use:   "apply FILE…",
		Short: "Apply declarations to this server",
		Long: `Make mirrors, repos, snapshots and publications as files declare them, in YAML or TOML.

What would be done is told first: + makes, ~ changes, > syncs or publishes, - drops.
What is as declared is left alone, so a second run has nothing to do; what was
changed by hand is put back. Packages of repos are not declared. When a step fails,
what needs it is left out, and the next run goes on from there.`,
		Example: `  aptarium apply archive.yaml --dry-run
  aptarium apply mirrors.yaml publications.toml --prune --yes`,
		Args: atLeast("FILE"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"yaml", "yml", "toml", "json"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	flags := c.Flags()
	flags.BoolVar(&f.dryRun, "dry-run", false, "only tell what would be done")
	flags.BoolVar(&f.prune, "prune", false, "drop what the declaration stated at an earlier apply, and states no longer")
	flags.BoolVar(&f.yes, "yes", false, "do not ask before something is taken away")
	defineNoWait(c, &f.noWait)
	c.RunE = func(c *cobra.Command, args []string) error {
		d, err := p.readDeclarations(args)
		if err != nil {
			return err
		}
		return p.applyDeclared(c, d, f)
	}
	return c
}

// applyDeclared shows what is to be done, and does it.
func (p *program) applyDeclared(c *cobra.Command, d declared, f applyFlags) error {
	s, err := p.session(c.Context())
	if err != nil {
		return err
	}
	in := apply.ApplyRequest{Declaration: d.Declaration, Prune: f.prune}
	plan, err := client.Call(c.Context(), s.Client, routes.PlanApply, routes.Send(in))
	if err != nil {
		return err
	}
	if len(plan.Faults) > 0 {
		return d.located(plan.Faults)
	}
	if f.dryRun || len(plan.Changes)+len(plan.Adopted) == 0 {
		return p.show(plan, func(w io.Writer) { showApplyPlan(w, plan) })
	}
	if !p.JSON() {
		showApplyPlan(p.Out, plan)
	}
	if err := p.consent(plan, f.yes); err != nil {
		return err
	}
	in.Expect = plan.Digest
	started, err := client.Call(c.Context(), s.Client, routes.Apply, routes.Send(in))
	if err != nil {
		return err
	}
	if f.noWait {
		return p.await(c.Context(), s, started, true)
	}
	ended, err := p.follow(c.Context(), s, started.ID)
	if err != nil {
		return err
	}
	var result apply.ApplyResult
	if err := json.Unmarshal(ended.Result, &result); err != nil {
		return fmt.Errorf("reading what the apply did: %w", err)
	}
	return p.show(result, func(w io.Writer) {
		switch {
		case len(result.Changes) > 0:
			fmt.Fprintf(w, "Done: %s.\n", count(len(result.Changes), "step", "steps"))
		case len(plan.Changes) > 0:
			fmt.Fprintln(w, "Another apply had done it meanwhile.")
		}
	})
}

// showApplyPlan writes a line for each step.
func showApplyPlan(w io.Writer, plan apply.ApplyPlan) {
	signs := map[string]string{"create": "+", "change": "~", "drop": "-"}
	for _, c := range plan.Changes {
		sign := signs[c.Action]
		if sign == "" {
			sign = ">"
		}
		fmt.Fprintf(w, "%s %s %s %s", sign, c.Action, c.Kind, c.Name)
		for i, s := range c.Settings {
			fmt.Fprintf(w, "%s %s %s → %s", [...]string{":", ","}[min(i, 1)], s.Name, showSetting(s.From), showSetting(s.To))
		}
		fmt.Fprintln(w)
	}
	if len(plan.Changes) == 0 {
		fmt.Fprintln(w, "Nothing to do: all is as declared.")
	}
}

// showSetting writes a value as JSON has it.
func showSetting(v any) string {
	if v == nil {
		return "default"
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// consent asks before something is taken away. Where nobody can be asked, --yes
// must have said so.
func (p *program) consent(plan apply.ApplyPlan, yes bool) error {
	n := 0
	for _, c := range plan.Changes {
		if c.Destructive {
			n++
		}
	}
	if n == 0 || yes {
		return nil
	}
	if f, ok := p.In.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return problem.New(problem.Conflict, "%s would take something away", count(n, "step", "steps")).WithHint("look at the plan, and say --yes; nothing was done")
	}
	fmt.Fprintf(p.Err, "%s would take something away. Do it all? [y/N] ", count(n, "step", "steps"))
	answer, err := bufio.NewReader(io.LimitReader(p.In, 100)).ReadString('\n')
	if err != nil && answer == "" {
		return err
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return problem.New(problem.Conflict, "nothing was done")
	}
	return nil
}
