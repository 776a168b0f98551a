package aptarium

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/aptarium/aptarium/"

// floors gives each package, or every package under a path that ends in "/",
// its floor. The longest match counts.
var floors = map[string]int{
	"deb":                    0,
	"deb/":                   0,
	"internal/problem":       0,
	"internal/digest":        0,
	"internal/compress":      0,
	"internal/openpgp":       0,
	"internal/query":         0,
	"internal/closure":       0,
	"internal/installable":   0,
	"internal/computerquery": 0,
	"internal/spelling":      0,
	"internal/pyregexp":      0,
	"internal/declaration":   0,
	"internal/db":            1,
	"internal/db/":           1,
	"internal/blob":          1,
	"internal/blob/":         1,
	"internal/activity":      1,
	"internal/hold":          1,
	"internal/fetch":         1,
	"internal/notify":        1,
	"internal/masterkey":     1,
	"internal/bitset":        1,
	"internal/aptkeys":       1,
	"internal/aptlyroot":     1,
	"internal/reprepro":      1,
	"internal/catalog":       2,
	"internal/mirror":        2,
	"internal/publish":       2,
	"internal/publish/":      2,
	"internal/upload":        2,
	"internal/intake":        2,
	"internal/endpoint":      2,
	"internal/endpoint/":     2,
	"internal/keyring":       2,
	"internal/keyring/":      2,
	"internal/access":        2,
	"internal/imported":      2,
	"internal/declared":      2,
	"internal/pocket":        2,
	"internal/fleet":         2,
	"internal/app":           3,
	"internal/app/":          3,
	"internal/app/apptest":   beside,
	"internal/api/":          4,
	"internal/site":          4,
	"internal/cli":           5,
	"internal/cli/":          5,
	"internal/server":        5,
	"cmd/":                   5,
	"internal/testkit":       beside,
	"internal/testkit/":      beside,
	"test/":                  beside,
	"internal/buildinfo":     0,
}

// beside marks packages for tests alone: they import anything, and nothing of
// the product imports them.
const beside = 99

// sideways lists the imports that are allowed within one floor.
var sideways = map[string][]string{
	"deb/deb822":             {"deb"},
	"deb/debfile":            {"deb", "deb/deb822", "internal/compress", "internal/digest", "internal/problem"},
	"deb":                    {"internal/problem"},
	"internal/compress":      {"internal/problem"},
	"internal/openpgp":       {"internal/problem"},
	"internal/query":         {"deb", "deb/deb822", "internal/problem"},
	"internal/closure":       {"deb", "internal/problem", "internal/query"},
	"internal/installable":   {"deb", "internal/problem", "internal/query"},
	"internal/pyregexp":      {"internal/problem"},
	"internal/declaration":   {"internal/problem", "internal/spelling"},
	"internal/computerquery": {"internal/problem", "internal/spelling"},
	"internal/activity":      {"internal/db", "internal/notify"},
	"internal/hold":          {"internal/db"},
	"internal/fetch":         {"internal/blob"},
	"internal/db/dbtest":     {"internal/db"},
	"internal/mirror":        {"internal/catalog"},
	"internal/publish":       {"internal/catalog"},
	"internal/publish/index": {"internal/catalog"},
	"internal/keyring":       {"internal/catalog"},
	"internal/access":        {"internal/catalog"},
	"internal/upload":        {"internal/catalog"},
	"internal/intake":        {"internal/catalog"},
	"internal/pocket":        {"internal/catalog"},
	"internal/api/landscape": {"internal/api/landscape/wire"},
	"internal/cli":           {"internal/server"},
	"internal/cli/command":   {"internal/cli/client", "internal/server"},

	"internal/cli/repositories": {"internal/cli/client", "internal/cli/command"},
	"internal/cli/publishing":   {"internal/cli/command", "internal/server"},
	"internal/cli/promotion":    {"internal/cli/command"},
	"internal/cli/people":       {"internal/cli/command"},
	"internal/cli/machines":     {"internal/cli/command", "internal/cli/landscapeapi"},
	"internal/cli/operations":   {"internal/cli/command", "internal/server"},

	"cmd/aptarium": {"internal/cli"},
}

// nouns lists the packages of the door, below internal/app/, in their order: each imports
// only those before it.
var nouns = []string{
	"usecase", "activities", "audit", "people", "keys", "collections", "mirrors", "uploads", "repos",
	"publications", "garbage", "pockets", "pockets/dput", "profiles", "imports", "apply",
}

// followsNoun reports whether both packages are nouns of the door, and target comes first.
func followsNoun(path, target string) bool {
	const door = "internal/app/"
	at, before := slices.Index(nouns, strings.TrimPrefix(path, door)), slices.Index(nouns, strings.TrimPrefix(target, door))
	return before >= 0 && before < at
}

// dialectMayUse is what a dialect takes from the engines and the domain: the
// words of the door's own signatures, never a store.
var dialectMayUse = map[string][]string{}

type goPackage struct {
	ImportPath string
	Imports    []string
	Dir        string
	GoFiles    []string
}

func TestPackagesImportLowerFloorsOnly(t *testing.T) {
	t.Parallel()
	for _, fault := range check(listPackages(t)) {
		t.Error(fault)
	}
}

func TestCheckSeesBrokenFloors(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]goPackage{
		"a floor above":              {ImportPath: "internal/db", Imports: []string{"internal/app"}},
		"sideways in a floor":        {ImportPath: "internal/mirror", Imports: []string{"internal/publish"}},
		"pure code doing transport":  {ImportPath: "deb/deb822", Imports: []string{"internal/fetch"}},
		"a dialect at a store":       {ImportPath: "internal/api/rest", Imports: []string{"internal/db"}},
		"a dialect at the domain":    {ImportPath: "internal/site", Imports: []string{"internal/publish"}},
		"one dialect at another":     {ImportPath: "internal/api/aptly", Imports: []string{"internal/api/rest"}},
		"what dialects share at one": {ImportPath: "internal/api/httpkit", Imports: []string{"internal/api/rest"}},
		"a noun at a later one":      {ImportPath: "internal/app/keys", Imports: []string{"internal/app/pockets"}},
		"the product at tests":       {ImportPath: "internal/app", Imports: []string{"internal/testkit"}},
		"a package with no floor":    {ImportPath: "internal/helpers", Imports: nil},
	} {
		p.ImportPath = module + p.ImportPath
		for i := range p.Imports {
			p.Imports[i] = module + p.Imports[i]
		}
		if len(check([]goPackage{p})) == 0 {
			t.Errorf("%s went unnoticed: %+v", name, p)
		}
	}
}

// check gives a line for every import that breaks the floors.
func check(packages []goPackage) (faults []string) {
	for _, p := range packages {
		path, ours := strings.CutPrefix(p.ImportPath, module)
		if !ours {
			continue // the root package holds only documentation and this test
		}
		floor, known := floorOf(path)
		if !known {
			faults = append(faults, path+" has no floor: add it to the table in floors_test.go and to docs/ARCHITECTURE.md")
			continue
		}
		for _, imported := range p.Imports {
			target, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			if why := breaks(path, floor, target); why != "" {
				faults = append(faults, fmt.Sprintf("%s imports %s: %s", path, target, why))
			}
		}
	}
	return faults
}

// breaks says why a package on a floor may not import target, or "".
func breaks(path string, floor int, target string) string {
	below, known := floorOf(target)
	switch {
	case !known:
		return "which has no floor"
	case floor == beside:
		return ""
	case below == beside:
		return "which is for tests"
	case floor == 4 && (below == 1 || below == 2) && !slices.Contains(dialectMayUse[path], target):
		return "a dialect speaks to the door (internal/app) alone"
	case floor == 4 && (below == 3 || target == "internal/api/httpkit"), below < floor:
		return ""
	case followsNoun(path, target):
		return ""
	case below == floor && (slices.Contains(sideways[path], target) || strings.HasPrefix(target, path+"/") || strings.HasPrefix(path, target+"/")):
		return ""
	case floor == 0 && below == 0 && (target == "internal/problem" || target == "internal/digest"):
		return ""
	}
	return fmt.Sprintf("floor %d may not reach floor %d", floor, below)
}

func floorOf(path string) (floor int, known bool) {
	longest := -1
	for pattern, f := range floors {
		if path == pattern || strings.HasSuffix(pattern, "/") && strings.HasPrefix(path, pattern) {
			if len(pattern) > longest {
				longest, floor = len(pattern), f
			}
		}
	}
	return floor, longest >= 0
}

func listPackages(t *testing.T) (packages []goPackage) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Dir,GoFiles", "./...").Output()
	if err != nil {
		var said []byte
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			said = exit.Stderr
		}
		t.Fatalf("go list: %v\n%s", err, said)
	}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
