package repositories

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/declaration"
	"github.com/aptarium/aptarium/internal/problem"
)

func mirrorRun(p *command.Program) *cobra.Command {
	var in routes.TaskRequest
	return command.Start(p, command.Spec{
		Use:   "run TASK.yaml",
		Short: "Run an APTMirror task file",
		Long: `Run an APTMirror task of debusine: bring a mirror to the state of a suite upstream.

The file is YAML (or JSON, or TOML), the task_data alone or the whole task; - reads
standard input. The mirror must exist: ` + "`aptarium mirror create NAME`" + ` creates an empty
one. All changes of the task become visible at one instant, and a task that fails
changes nothing.`,
		Example: `  aptarium mirror create trixie
  aptarium mirror run trixie.yaml --dry-run
  aptarium mirror run trixie.yaml`,
		Files: true,
		Flags: func(f command.Flags) {
			f.Bool(&in.DryRun, "dry-run", "show what it would add, replace and remove, and change nothing")
			f.String(&in.At, "at", "with --dry-run, compare with the mirror at this time, such as 20261120T120000Z")
			defineForce(f, &in.Force)
		},
	}, func(r *command.Run) (a usecase.Activity, err error) {
		file, err := readTask(p, r.Args[0])
		if err != nil {
			return a, err
		}
		in.Body = file.json
		a, err = command.Call(r, routes.RunAPTMirrorTask, in)
		return a, file.located(err)
	})
}

// taskFile is the file of a task.
type taskFile struct {
	tree *declaration.Node
	json json.RawMessage
}

// readTask reads the file of a task, or standard input for -.
func readTask(p *command.Program, name string) (taskFile, error) {
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

// taskValue returns a tree as the values of JSON. No member of a task is a number or a time, but a
// text without quotes may look like one.
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

// located adds the place in the file to a problem of the task.
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
