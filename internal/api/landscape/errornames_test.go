package landscape

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

// TestEveryReasonHasAName compares the table with the reasons that the door and the floors
// below it declare.
func TestEveryReasonHasAName(t *testing.T) {
	t.Parallel()
	// Landscape has no tasks of mirrors and no repos of packages.
	unnamed := []problem.Reason{"changes.unsigned", "configure-failed", "execute-failed", "package.no-match", "setup-failed"}
	want := slices.Sorted(maps.Keys(errorNames()))
	if diff := cmp.Diff(slices.Sorted(slices.Values(append(want, unnamed...))), declaredReasons(t)); diff != "" {
		t.Errorf("reasons (-named here +declared there):\n%s", diff)
	}
}

// declaredReasons returns the constants of the type problem.Reason outside of the dialects.
func declaredReasons(t *testing.T) []problem.Reason {
	t.Helper()
	var found []problem.Reason
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "api" {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declaration := range file.Decls {
			found = append(found, reasonsOf(file.Name.Name, declaration)...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

// reasonsOf returns the constants of a declaration in a package.
func reasonsOf(pkg string, declaration ast.Decl) (reasons []problem.Reason) {
	constants, ok := declaration.(*ast.GenDecl)
	if !ok || constants.Tok != token.CONST {
		return nil
	}
	for _, spec := range constants.Specs {
		value := spec.(*ast.ValueSpec)
		var in, name string
		switch kind := value.Type.(type) {
		case *ast.Ident:
			in, name = pkg, kind.Name
		case *ast.SelectorExpr:
			in, name = kind.X.(*ast.Ident).Name, kind.Sel.Name
		}
		if in != "problem" || name != "Reason" {
			continue
		}
		for _, each := range value.Values {
			if literal, ok := each.(*ast.BasicLit); ok {
				text, _ := strconv.Unquote(literal.Value)
				reasons = append(reasons, problem.Reason(text))
			}
		}
	}
	return reasons
}
