package aptarium

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source is the product, type-checked: which values its variables get.
type source struct {
	files    *token.FileSet
	packages map[string]*types.Package // by import path
	types.Info
	given   map[*types.Var][]ast.Expr  // to parameters, fields and variables; nil is a value that nobody can follow
	returns map[*types.Func][]ast.Expr // of functions with one result
	scanned map[*types.Var]bool        // filled by their address, as from a row: they hold what was written before
	faults  []string
}

// readSource type-checks every package of the product. Other modules are read from what
// the compiler exported.
func readSource(t *testing.T) *source {
	t.Helper()
	s := &source{
		files: token.NewFileSet(), packages: map[string]*types.Package{},
		Info:  types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}},
		given: map[*types.Var][]ast.Expr{}, returns: map[*types.Func][]ast.Expr{}, scanned: map[*types.Var]bool{},
	}
	exported := map[string]string{}
	others := importer.ForCompiler(s.files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exported[path]) })
	config := types.Config{Importer: importFunc(func(path string) (*types.Package, error) {
		if p := s.packages[path]; p != nil {
			return p, nil
		}
		return others.Import(path)
	})}
	for _, p := range exportedPackages(t) {
		exported[p.ImportPath] = p.Export
		if !strings.HasPrefix(p.ImportPath, module) {
			continue
		}
		// A cached result of this test is out of date when a folder that it read has another file.
		if _, err := os.ReadDir(p.Dir); err != nil {
			t.Fatal(err)
		}
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(s.files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		checked, err := config.Check(p.ImportPath, s.files, files, &s.Info)
		if err != nil {
			t.Fatal(err)
		}
		s.packages[p.ImportPath] = checked
		for _, f := range files {
			ast.PreorderStack(f, nil, s.follow)
		}
	}
	return s
}

type importFunc func(path string) (*types.Package, error)

func (f importFunc) Import(path string) (*types.Package, error) { return f(path) }

type exportedPackage struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// exportedPackages lists the product and all that it imports, imported ones first.
func exportedPackages(t *testing.T) (packages []exportedPackage) {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", "./cmd/...")
	list.Stderr = t.Output()
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p exportedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// place finds a parameter or a field by its name in the table.
func (s *source) place(name string) *types.Var {
	path, rest, _ := strings.Cut(name, ".")
	owner, member, _ := strings.Cut(rest, ".")
	p := s.packages[module+path]
	if p == nil {
		return nil
	}
	for _, o := range s.Defs {
		if o == nil || o.Pkg() != p || o.Name() != owner {
			continue
		}
		switch o := o.(type) {
		case *types.Func:
			for v := range o.Signature().Params().Variables() {
				if v.Name() == member {
					return v
				}
			}
		case *types.TypeName:
			if st, ok := o.Type().Underlying().(*types.Struct); ok {
				for v := range st.Fields() {
					if v.Name() == member {
						return v
					}
				}
			}
		}
	}
	return nil
}

// follow notes the values that a piece of syntax gives to variables.
func (s *source) follow(n ast.Node, stack []ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if f := s.called(n.Fun); f != nil {
			s.giveArguments(f.Origin().Signature(), n)
		}
	case *ast.Ident:
		if f, ok := s.Uses[n].(*types.Func); ok && !isCalled(n, stack) {
			for v := range f.Origin().Signature().Params().Variables() {
				s.given[v] = append(s.given[v], nil) // whoever calls the value of this function
			}
		}
	case *ast.UnaryExpr:
		if v := s.variable(n.X); v != nil && n.Op == token.AND {
			s.scanned[v] = true
		}
	case *ast.CompositeLit:
		s.giveFields(n)
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			s.giveTo(to, at(n.Rhs, i, len(n.Lhs)))
		}
	case *ast.ValueSpec:
		for i, to := range n.Names {
			if len(n.Values) > 0 {
				s.giveTo(to, at(n.Values, i, len(n.Names)))
			}
		}
	case *ast.RangeStmt:
		s.giveTo(n.Key, nil)
		s.giveTo(n.Value, nil)
	case *ast.ReturnStmt:
		for _, outer := range slices.Backward(stack) {
			if _, within := outer.(*ast.FuncLit); within {
				break
			}
			if d, ok := outer.(*ast.FuncDecl); ok && len(n.Results) == 1 {
				f := s.Defs[d.Name].(*types.Func)
				s.returns[f] = append(s.returns[f], n.Results[0])
			}
		}
	}
	return true
}

// at gives the value for the i-th of some variables; nil when one call gives all.
func at(values []ast.Expr, i, variables int) ast.Expr {
	if len(values) != variables {
		return nil
	}
	return values[i]
}

// isCalled reports whether the name of a function is that of a call around it.
func isCalled(name *ast.Ident, stack []ast.Node) bool {
	var inner ast.Node = name
	for _, outer := range slices.Backward(stack) {
		switch outer := outer.(type) {
		case *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr, *ast.ParenExpr:
			inner = outer
		case *ast.CallExpr:
			return outer.Fun == inner
		default:
			return false
		}
	}
	return false
}

// called finds the function or method that a call names; nil for a value.
func (s *source) called(fun ast.Expr) *types.Func {
	switch f := ast.Unparen(fun).(type) {
	case *ast.Ident:
		found, _ := s.Uses[f].(*types.Func)
		return found
	case *ast.SelectorExpr:
		if chosen := s.Selections[f]; chosen == nil || chosen.Kind() == types.MethodVal {
			return s.called(f.Sel)
		}
	case *ast.IndexExpr:
		return s.called(f.X)
	case *ast.IndexListExpr:
		return s.called(f.X)
	}
	return nil
}

func (s *source) giveArguments(to *types.Signature, call *ast.CallExpr) {
	for i := range to.Params().Len() {
		v := to.Params().At(i)
		if i < len(call.Args) && !(to.Variadic() && i == to.Params().Len()-1) {
			s.given[v] = append(s.given[v], call.Args[i])
		} else {
			s.given[v] = append(s.given[v], nil)
		}
	}
}

func (s *source) giveFields(n *ast.CompositeLit) {
	typ := s.Types[n].Type.Underlying()
	if p, ok := typ.(*types.Pointer); ok {
		typ = p.Elem().Underlying()
	}
	st, ok := typ.(*types.Struct)
	if !ok {
		return
	}
	for i, e := range n.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			s.giveTo(kv.Key, kv.Value)
		} else {
			s.given[st.Field(i)] = append(s.given[st.Field(i)], e)
		}
	}
}

// giveTo notes the value of a variable or a field.
func (s *source) giveTo(to, value ast.Expr) {
	if v := s.variable(to); v != nil {
		s.given[v] = append(s.given[v], value)
	}
}

func (s *source) variable(e ast.Expr) *types.Var {
	switch e := e.(type) {
	case *ast.Ident:
		if v, ok := s.Defs[e].(*types.Var); ok {
			return v
		}
		if v, ok := s.Uses[e].(*types.Var); ok {
			return v.Origin()
		}
	case *ast.SelectorExpr:
		return s.variable(e.Sel)
	}
	return nil
}

// valuesOf gives every word that a variable can hold.
func (s *source) valuesOf(v *types.Var, seen map[*types.Var]bool) map[string]bool {
	words := map[string]bool{}
	if seen[v] {
		return words
	}
	seen[v] = true
	if len(s.given[v]) == 0 && !s.scanned[v] {
		s.fault(v.Pos(), "nothing gives a value to "+v.Name())
	}
	for _, e := range s.given[v] {
		if e == nil {
			s.fault(v.Pos(), "the value of "+v.Name()+" cannot be followed")
			continue
		}
		maps.Copy(words, s.values(e, seen))
	}
	delete(seen, v)
	return words
}

// values gives every word that an expression can be.
func (s *source) values(e ast.Expr, seen map[*types.Var]bool) map[string]bool {
	e = ast.Unparen(e)
	if value := s.Types[e].Value; value != nil && value.Kind() == constant.String {
		return map[string]bool{constant.StringVal(value): true}
	}
	if v := s.variable(e); v != nil {
		return s.valuesOf(v, seen)
	}
	words := map[string]bool{}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		for before := range s.values(e.X, seen) {
			for after := range s.values(e.Y, seen) {
				words[before+after] = true
			}
		}
		return words
	case *ast.CallExpr:
		if s.Types[e.Fun].IsType() { // a conversion
			return s.values(e.Args[0], seen)
		}
		if f := s.called(e.Fun); f != nil && len(s.returns[f.Origin()]) > 0 {
			for _, result := range s.returns[f.Origin()] {
				maps.Copy(words, s.values(result, seen))
			}
			return words
		}
	}
	s.fault(e.Pos(), "this word cannot be followed: "+types.ExprString(e))
	return words
}

func (s *source) fault(pos token.Pos, text string) {
	s.faults = append(s.faults, fmt.Sprintf("%s: %s", s.files.Position(pos), text))
}
