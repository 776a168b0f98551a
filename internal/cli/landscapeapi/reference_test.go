package landscapeapi_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/cli/landscapeapi"
)

var update = flag.Bool("update", false, "write the reference of actions into docs/landscape.md")

// What stands before and behind the reference in its page.
const (
	pageFile        = "../../../docs/landscape.md"
	referenceBegins = "<!-- The reference is written by `go test ./internal/cli/landscapeapi -update`. -->\n"
	referenceEnds   = "<!-- The reference ends here. -->\n"
)

func TestThePageHasTheReferenceOfTheTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), referenceBegins)
	there, after, ends := strings.Cut(rest, referenceEnds)
	if !begins || !ends {
		t.Fatalf("%s has lost the marks of the reference", pageFile)
	}
	want := reference(landscape.Actions())
	if *update {
		if err := os.WriteFile(pageFile, []byte(before+referenceBegins+want+referenceEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(there, want); diff != "" {
		t.Errorf("docs/landscape.md is not what the table of actions says; `go test ./internal/cli/landscapeapi -update` writes it:\n%s", diff)
	}
}

// reference writes the table of actions in Markdown, in its groups.
func reference(actions []landscape.Action) string {
	var b strings.Builder
	group := ""
	for _, a := range actions {
		if a.Group != group {
			group = a.Group
			fmt.Fprintf(&b, "\n### %s\n", group)
		}
		fmt.Fprintf(&b, "\n#### %s\n\n`%s`\n\n%s\n", a.Name, landscapeapi.Synopsis(a), cell(a.Doc))
		parameters(&b, a)
		if a.Returns != "" {
			fmt.Fprintf(&b, "\nAnswers: %s\n", cell(a.Returns))
		}
		if len(a.Errors) > 0 {
			fmt.Fprintf(&b, "\nErrors: `%s`\n", strings.Join(a.Errors, "`, `"))
		}
	}
	return b.String() + "\n"
}

func parameters(b *strings.Builder, a landscape.Action) {
	for i, p := range a.Parameters {
		if i == 0 {
			b.WriteString("\n| parameter | type | |\n|---|---|---|\n")
		}
		kind := string(p.Type)
		if p.Of != "" {
			kind += " of " + string(p.Of)
		}
		if p.Optional {
			kind += ", optional"
		}
		doc := cell(p.Doc)
		if p.Default != "" && p.Default != "false" {
			doc += fmt.Sprintf(" If not given: `%s`.", p.Default)
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", p.Name, kind, doc)
	}
}

// cell keeps a text from ending the table that it is in.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(s)
}

// TestEveryActionIsExplained wants of each entry what help and the reference show.
func TestEveryActionIsExplained(t *testing.T) {
	t.Parallel()
	var names, groups []string
	for i, a := range landscape.Actions() {
		if a.Doc == "" || a.Group == "" {
			t.Errorf("%s lacks a word of what it does, or a group", a.Name)
		}
		for _, p := range a.Parameters {
			if p.Doc == "" {
				t.Errorf("%s of %s is not explained", p.Name, a.Name)
			}
		}
		if name := landscapeapi.CommandName(a.Name); slices.Contains(names, name) {
			t.Errorf("two actions are the command %s", name)
		} else {
			names = append(names, name)
		}
		if i > 0 && groups[len(groups)-1] != a.Group && slices.Contains(groups, a.Group) {
			t.Errorf("%s stands apart from its group, %s", a.Name, a.Group)
		}
		groups = append(groups, a.Group)
	}
}
