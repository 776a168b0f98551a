package repos

import (
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/problem"
)

// repoTemplate computes the name of the repo for a .changes file.
type repoTemplate struct {
	text     string
	template *template.Template
}

// Limits of a template and its result, in bytes.
const (
	maxTemplate = 1000
	maxRepoName = 200
)

// parseRepoTemplate parses the name of a repo, or a text/template of it. Templates come from
// callers, so they can only choose between fields and texts: without loops and without
// formatting.
func parseRepoTemplate(text string) (repoTemplate, error) {
	if len(text) > maxTemplate {
		return repoTemplate{}, inTemplate(problem.TooLarge, "it has %d bytes, more than %d", len(text), maxTemplate)
	}
	if !strings.Contains(text, "{{") {
		return repoTemplate{text: text}, nil
	}
	t, err := template.New("repo").Option("missingkey=zero").Parse(text)
	if err != nil {
		return repoTemplate{}, inTemplate(problem.Invalid, "error parsing repo template: %w", err)
	}
	if t.Tree == nil || len(t.Templates()) > 1 || !isHarmless(t.Root) {
		return repoTemplate{}, inTemplate(problem.Invalid, "error parsing repo template: it may only hold fields, texts, if, and the functions and, or, not, eq, ne and index")
	}
	return repoTemplate{text, t}, nil
}

func inTemplate(kind problem.Kind, format string, args ...any) error {
	return problem.New(kind, format, args...).In("repo").WithHint("write a name, or a field of the .changes file such as {{.Distribution}}")
}

// plain reports whether the name is fixed.
func (t repoTemplate) plain() bool { return t.template == nil }

// name returns the name of the repo for a .changes file.
func (t repoTemplate) name(changes *deb822.Stanza) (string, error) {
	if t.plain() {
		return t.text, nil
	}
	fields := make(map[string]string, len(changes.Fields))
	for _, f := range changes.Fields {
		fields[string(f.Name)] = string(f.Value)
	}
	var out bounded
	if err := t.template.Execute(&out, fields); err != nil {
		return "", inTemplate(problem.Invalid, "error applying template to repo: %w", err)
	}
	return out.String(), catalog.CheckName("repo", out.String())
}

// bounded accepts maxRepoName bytes.
type bounded struct{ strings.Builder }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxRepoName {
		return 0, problem.New(problem.TooLarge, "the name has more than %d bytes", maxRepoName)
	}
	return b.Builder.Write(p)
}

// isHarmless reports whether the time of a part of a template is bounded by its length.
func isHarmless(node parse.Node) bool {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return true
		}
		return allHarmless(n.Nodes)
	case *parse.ActionNode:
		return isHarmless(n.Pipe)
	case *parse.IfNode:
		return isHarmless(n.Pipe) && isHarmless(n.List) && isHarmless(n.ElseList)
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			return false
		}
		return !slices.ContainsFunc(n.Cmds, func(c *parse.CommandNode) bool { return !allHarmless(c.Args) })
	case *parse.IdentifierNode:
		return slices.Contains([]string{"and", "or", "not", "eq", "ne", "index"}, n.Ident)
	case *parse.TextNode, *parse.FieldNode, *parse.DotNode, *parse.StringNode, *parse.CommentNode:
		return true
	}
	return false
}

func allHarmless(nodes []parse.Node) bool {
	return !slices.ContainsFunc(nodes, func(n parse.Node) bool { return !isHarmless(n) })
}
