package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/testkit"
)

// TestAptReadsIndexesInXZAlone: the stream is joined of several blocks, of which
// later releases reuse some.
func TestAptReadsIndexesInXZAlone(t *testing.T) {
	t.Parallel()
	const packages = 400
	a := start(t, t.TempDir())
	if _, err := a.Repos.Create(a.ctx, repos.NewRepo{Name: "tools"}); err != nil {
		t.Fatal(err)
	}
	_, x, err := a.Publications.Create(a.ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"repo:tools"},
		Options: publications.PublishOptions{Formats: []compress.Format{compress.XZ}, Architectures: []string{"amd64"}}})
	a.done(x, err)
	apt := a.apt("amd64")
	see := func(want int) {
		t.Helper()
		if out, err := apt.Update(t.Context()); err != nil || strings.Contains(out, "\nW:") {
			t.Fatalf("%v\n%s", err, out)
		}
		if n, err := apt.CountPackages(t.Context()); err != nil || n != want {
			t.Errorf("apt sees %d packages, not %d, %v", n, want, err)
		}
	}
	see(0)
	for i := range packages {
		a.add("tools", testkit.Package{Name: fmt.Sprintf("package%03d", i), Version: "1", Architecture: "amd64"})
	}
	a.update()
	see(packages)
	a.add("tools", testkit.Package{Name: "package399", Version: "2", Architecture: "amd64"})
	a.add("tools", testkit.Package{Name: "zoo", Version: "1", Architecture: "amd64"})
	a.update()
	see(packages + 2)
	if got, err := apt.Candidate(t.Context(), "package399"); got != "2" || err != nil {
		t.Errorf("the candidate is %q, %v", got, err)
	}
	if _, err := apt.Download(t.Context(), "zoo"); err != nil {
		t.Error(err)
	}
}
