package cli

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/cli/command"
)

// page reads a page of the documentation.
func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// leaves calls fn for each command that does something.
func leaves(c *cobra.Command, fn func(*cobra.Command)) {
	for _, below := range c.Commands() {
		leaves(below, fn)
	}
	if !c.HasSubCommands() && c.Name() != "help" {
		fn(c)
	}
}

func TestEveryCommandIsExplained(t *testing.T) {
	t.Parallel()
	text := page(t, "cli.md")
	leaves(newRoot(&command.Program{}), func(c *cobra.Command) {
		if c.Short == "" || c.Example == "" || c.Args == nil || c.RunE == nil {
			t.Errorf("%s lacks a word of what it does, an example, its arguments or its doing", c.CommandPath())
		}
		if len(strings.Fields(c.Short)) > 10 {
			t.Errorf("%s is explained by too many words: %s", c.CommandPath(), c.Short)
		}
		if !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("the example of %s is of another:\n%s", c.CommandPath(), c.Example)
		}
		if !strings.Contains(text, "`"+c.CommandPath()) {
			t.Errorf("docs/cli.md does not name `%s`", c.CommandPath())
		}
	})
}

func TestEveryCommandOfTheDocumentationIsThere(t *testing.T) {
	t.Parallel()
	for _, line := range regexp.MustCompile(`(?m)^aptarium (.*)$`).FindAllStringSubmatch(page(t, "cli.md")+page(t, "operators.md"), -1) {
		command, rest, err := newRoot(&command.Program{}).Find(strings.Fields(line[1]))
		if err != nil || command.HasSubCommands() {
			t.Errorf("aptarium %s: %v", line[1], err)
			continue
		}
		for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(strings.Join(rest, " "), -1) {
			if command.Flags().Lookup(flag[2:]) == nil && command.InheritedFlags().Lookup(flag[2:]) == nil {
				t.Errorf("aptarium %s: there is no %s", line[1], flag)
			}
		}
	}
}

func TestEveryRouteIsExplained(t *testing.T) {
	t.Parallel()
	text := page(t, "api.md")
	for _, r := range rest.New(apptest.New(t).App, rest.Options{}).Routes() {
		explained := false
		for line := range strings.Lines(text) {
			explained = explained || strings.Contains(line, r.Path+"`") && strings.Contains(line, "`"+r.Method)
		}
		if !explained {
			t.Errorf("docs/api.md does not name %s %s", r.Method, r.Path)
		}
	}
}

func TestCommandsAreFoundByTheWordsThatPeopleType(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"mirror update m": "mirror sync", "mirror delete m": "mirror drop", "repo rm r p": "repo remove", "repo remove r p": "repo remove", "repo delete r": "repo drop", "mirror rm m": "mirror drop", "pocket rm x": "pocket remove",
		"snapshot remove s": "snapshot drop", "publish update p d": "publish update", "publish delete p d": "publish drop",
		"key ls": "key list", "pocket remove x": "pocket remove", "pocket update x": "pocket sync",
	} {
		c, _, err := newRoot(&command.Program{}).Find(strings.Fields(typed))
		if err != nil || c.CommandPath() != "aptarium "+want {
			t.Errorf("aptarium %s is %q, %v; want %s", typed, c.CommandPath(), err, want)
		}
	}
}

func TestEveryCommandIsInAGroup(t *testing.T) {
	t.Parallel()
	for _, c := range newRoot(&command.Program{}).Commands() {
		if c.GroupID == "" && c.Name() != "help" {
			t.Errorf("%s is in no group", c.CommandPath())
		}
	}
}
