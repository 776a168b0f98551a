package operations

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
	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/problem"
)

func applyFiles(p *command.Program) *cobra.Command {
	var dryRun, prune, yes bool
	c := command.New(p, command.Spec{
		Use:   "apply FILE…",
		Short: "Apply declarations to this server",
		Long: `Create and change mirrors, repos, snapshots and publications as YAML or TOML files
declare them.

It shows the steps first: + creates, ~ changes, > syncs or publishes, - drops. What is as
declared stays, so a second run has nothing to do; changes by hand are reverted.
Declarations have no packages of repos. If a step fails, the steps that need it are left
out, and the next run continues there.`,
		Example: `  aptarium apply archive.yaml --dry-run
  aptarium apply mirrors.yaml publications.toml --prune --yes`,
		Waits: true,
		Flags: func(f command.Flags) {
			f.Bool(&dryRun, "dry-run", "only show the steps")
			f.Bool(&prune, "prune", "drop what an earlier apply declared and this one does not")
			f.Bool(&yes, "yes", "do not ask before something is dropped")
		},
	}, func(r *command.Run) error {
		d, err := readDeclarations(p, r.Args)
		if err != nil {
			return err
		}
		in := apply.ApplyRequest{Declaration: d.Declaration, Prune: prune}
		plan, err := command.Call(r, routes.PlanApply, routes.Send(in))
		if err != nil {
			return err
		}
		if len(plan.Faults) > 0 {
			return d.located(plan.Faults)
		}
		if dryRun || len(plan.Changes)+len(plan.Adopted) == 0 {
			return r.Show(plan, func() { showApplyPlan(r, plan) })
		}
		if !p.JSON() {
			showApplyPlan(r, plan)
		}
		if err := consent(p, plan, yes); err != nil {
			return err
		}
		in.Expect = plan.Digest
		return runApply(r, in, plan)
	})
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"yaml", "yml", "toml", "json"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return c
}

// runApply starts an apply and shows what it did.
func runApply(r *command.Run, in apply.ApplyRequest, plan apply.ApplyPlan) error {
	started, err := command.Call(r, routes.Apply, routes.Send(in))
	if err != nil {
		return err
	}
	return command.AwaitResult(r, started, func(r *command.Run, result apply.ApplyResult) {
		switch {
		case len(result.Changes) > 0:
			r.Print("Done: %s.", command.Count(len(result.Changes), "step", "steps"))
		case len(plan.Changes) > 0:
			r.Print("Another apply had done it meanwhile.")
		}
	})
}

// showApplyPlan writes a line for each step.
func showApplyPlan(r *command.Run, plan apply.ApplyPlan) {
	signs := map[string]string{"create": "+", "change": "~", "drop": "-"}
	for _, c := range plan.Changes {
		sign := signs[c.Action]
		if sign == "" {
			sign = ">"
		}
		settings := ""
		for i, s := range c.Settings {
			settings += fmt.Sprintf("%s %s %s → %s", [...]string{":", ","}[min(i, 1)], s.Name, showSetting(s.From), showSetting(s.To))
		}
		r.Print("%s %s %s %s%s", sign, c.Action, c.Kind, c.Name, settings)
	}
	if len(plan.Changes) == 0 {
		r.Print("Nothing to do: all is as declared.")
	}
}

// showSetting writes a value as JSON.
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

// consent asks before something is dropped. Without a terminal, --yes is required.
func consent(p *command.Program, plan apply.ApplyPlan, yes bool) error {
	n := 0
	for _, c := range plan.Changes {
		if c.Destructive {
			n++
		}
	}
	if n == 0 || yes {
		return nil
	}
	would := command.Count(n, "step", "steps") + " would take something away"
	if f, ok := p.In.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return problem.New(problem.Conflict, "%s", would).WithHint("look at the plan, and say --yes; nothing was done")
	}
	fmt.Fprintf(p.Err, "%s. Do it all? [y/N] ", would)
	answer, err := bufio.NewReader(io.LimitReader(p.In, 100)).ReadString('\n')
	if err != nil && answer == "" {
		return err
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return problem.New(problem.Conflict, "nothing was done")
	}
	return nil
}
