package aptarium

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

const (
	maxFiles   = 25 // of a package, without its tests
	maxMethods = 10 // of an exported interface, without those of interfaces that it embeds
)

// larger lists the packages (PATH) and interfaces (PATH.NAME) that exceed the bounds,
// with the reason.
var larger = map[string]string{
	"internal/endpoint/filesystem.FS": "it names every operation that changes the disk, for tests to fail each of them",
}

// TestPackagesAndInterfacesStaySmall wants a reason for what is larger, and no reason for
// what is not.
func TestPackagesAndInterfacesStaySmall(t *testing.T) {
	t.Parallel()
	exceeding := map[string]bool{}
	for _, p := range listPackages(t) {
		path := strings.TrimPrefix(p.ImportPath, module)
		counts := map[string]string{}
		if n := len(p.GoFiles); n > maxFiles {
			counts[path] = fmt.Sprintf("%d files, at most %d are allowed", n, maxFiles)
		}
		for _, file := range p.GoFiles {
			for name, n := range exportedInterfaces(t, filepath.Join(p.Dir, file)) {
				if n > maxMethods {
					counts[path+"."+name] = fmt.Sprintf("%d methods, at most %d are allowed", n, maxMethods)
				}
			}
		}
		for name, count := range counts {
			exceeding[name] = true
			if larger[name] == "" {
				t.Errorf("%s has %s: split it, or state the reason in size_test.go", name, count)
			}
		}
	}
	for name := range larger {
		if !exceeding[name] {
			t.Errorf("%s is within the bounds or gone: remove its exception from size_test.go", name)
		}
	}
}

// exportedInterfaces returns the number of methods of each exported interface of a file.
func exportedInterfaces(t *testing.T, path string) map[string]int {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	methods := map[string]int{}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || !spec.Name.IsExported() {
			return true
		}
		if i, ok := spec.Type.(*ast.InterfaceType); ok {
			for _, field := range i.Methods.List {
				methods[spec.Name.Name] += len(field.Names)
			}
		}
		return true
	})
	return methods
}
