package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/declaration"
	"github.com/aptarium/aptarium/internal/problem"
)

func (p *program) mirrorRun() *cobra.Command {
	var dryRun, force, noWait bool
	var at string
	c := &cobra.Command{
		Use:   "run TASK.yaml",
		Short: "Run an APTMirror task file",
		Long: `Run an APTMirror task, as debusine has them: make a mirror what a suite is upstream.

The file is YAML (or JSON, or TOML), the task_data alone or the whole task; - reads
it from standard input. The mirror must be there: ` + "`aptarium mirror create NAME`" + `
makes an empty one. Everything that the task changes becomes visible at one instant,
and a task that fails changes nothing.`,
		Example: `  aptarium mirror create trixie
  aptarium mirror run trixie.yaml --dry-run
  aptarium mirror run trixie.yaml`,
		Args: exactly("TASK.yaml"),
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "tell what it would add, replace and remove, and change nothing")
	c.Flags().StringVar(&at, "at", "", "with --dry-run, compare with the mirror as it was then, such as 20261120T120000Z")
	c.Flags().BoolVar(&force, "force", false, "read everything anew, and take over an upstream that lost many packages")
	defineNoWait(c, &noWait)
	c.RunE = func(c *cobra.Command, args []string) error {
		file, err := p.readTask(args[0])
		if err != nil {
			return err
		}
		s, err := p.session(c.Context())
		if err != nil {
			return err
		}
		a, err := client.Call(c.Context(), s.Client, routes.RunAPTMirrorTask, routes.TaskRequest{Body: file.json, DryRun: dryRun, Force: force, At: at})
		if err != nil {
			return file.located(err)
		}
		return p.await(c.Context(), s, a, noWait)
	}
	return c
}

// taskFile is a task as it was written.
type taskFile struct {
	tree *declaration.Node
	json json.RawMessage
}

// readTask reads the file of a task, - being standard input.
func (p *program) readTask(name string) (taskFile, error) {
	in := p.In
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return taskFile{}, problem.New(problem.Invalid, "%w", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, declaration.MaxSize+1))
	if err != nil {
		return taskFile{}, problem.New(problem.Invalid, "reading %s: %w", name, err)
	}
	tree, faults := declaration.Read(name, text)
	if len(faults) > 0 {
		return taskFile{}, problem.New(problem.Invalid, "%w", faults)
	}
	plain, err := taskValue(tree)
	if err != nil {
		return taskFile{}, err
	}
	encoded, err := json.Marshal(plain)
	return taskFile{tree, encoded}, err
}

// taskValue gives a tree as JSON has it. No member of a task is a number or a time,
// but what is not in quotes may look like one.
func taskValue(n *declaration.Node) (any, error) {
	switch n.Kind {
	case declaration.Null:
		return nil, nil
	case declaration.String:
		return n.Text, nil
	case declaration.Bool:
		return n.Text == "true", nil
	case declaration.List:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			var err error
			if list[i], err = taskValue(item); err != nil {
				return nil, err
			}
		}
		return list, nil
	case declaration.Map:
		members := map[string]any{}
		for _, f := range n.Fields {
			v, err := taskValue(f.Value)
			if err != nil {
				return nil, err
			}
			members[f.Name] = v
		}
		return members, nil
	default:
		return nil, problem.New(problem.Invalid, "%s is read as %s, and a task has none", n.Text, n.Kind).In(n.At.String()).WithHint(`put it in quotes: "%s"`, n.Text)
	}
}

// step is a part of the name of a task's member: filters[0].section.
var step = regexp.MustCompile(`[^.\[\]]+`)

// located adds to a problem with the task where the file has it.
func (f taskFile) located(err error) error {
	p, ok := errors.AsType[*problem.Problem](err)
	if !ok || p.Field == "" || p.Field == "at" {
		return err
	}
	path := step.FindAllString(p.Field, -1)
	if data := f.tree.Get("task_data"); data != nil && f.tree.Get(path[0]) == nil {
		path = append([]string{"task_data"}, path...)
	}
	at := *p
	at.Field = fmt.Sprintf("%s: %s", f.tree.Find(path), p.Field)
	return &at
}
