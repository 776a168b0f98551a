package mirrors_test

import (
	"github.com/aptarium/aptarium/internal/app/collections"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/testkit"
	"github.com/google/go-cmp/cmp"
)

// TestAptlyKeepsTheSameOfAMirror: filters choose what those of Debian's aptly
// choose. (That one does not know yet of the sources of matches.)
func TestAptlyKeepsTheSameOfAMirror(t *testing.T) {
	t.Parallel()
	supplied(t, workshop(), func(h *apptest.House, u *testkit.Upstream) {
		aptly := apptest.Must(testkit.NewAptly(h.TB.TempDir(), map[string]any{"gpgDisableVerify": true, "downloadRetries": 0}))(h.TB)
		for _, c := range []struct {
			flags []string // of aptly
			edit  func(*mirrors.Config)
		}{
			{nil, func(*mirrors.Config) {}},
			{[]string{"-filter=saw | handle"}, func(c *mirrors.Config) { c.Filter = "saw | handle" }},
			{[]string{"-filter=saw", "-filter-with-deps"}, func(c *mirrors.Config) { c.Filter, c.FilterWithDependencies = "saw", true }},
			{[]string{"-filter=saw (= 1)", "-filter-with-deps"}, func(c *mirrors.Config) { c.Filter, c.FilterWithDependencies = "saw (= 1)", true }},
			{[]string{"-filter=laser, !blade | blade (<< 2)"}, func(c *mirrors.Config) { c.Filter = "laser, !blade | blade (<< 2)" }},
		} {
			for _, args := range [][]string{
				append(append([]string{"mirror", "create"}, c.flags...), "m", u.URL(), "stable"),
				{"mirror", "update", "m"},
			} {
				if out, err := aptly.Run(h.Ctx, args...); err != nil {
					h.TB.Fatalf("%v\n%s", err, out)
				}
			}
			config := mirrors.Config{URL: u.URL(), Suite: "stable"}
			c.edit(&config)
			apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: config}))(h.TB)
			h.Done(h.Mirrors.Sync(h.Ctx, "m", mirrors.SyncOptions{}))
			if diff := cmp.Diff(keptBy(h, aptly), listed(h, "mirror:m")); diff != "" {
				h.TB.Errorf("%q (-aptly +ours):\n%s", c.flags, diff)
			}
			if err := h.Collections.Drop(h.Ctx, collections.Mirror, "m"); err != nil {
				h.TB.Fatal(err)
			}
			apptest.Must(aptly.Run(h.Ctx, "mirror", "drop", "m"))(h.TB)
		}
	})
}

// keptBy gives what aptly's mirror has, as listed does.
func keptBy(h *apptest.House, aptly *testkit.Aptly) (names []string) {
	h.TB.Helper()
	out := apptest.Must(aptly.Run(h.Ctx, "mirror", "show", "-with-packages", "m"))(h.TB)
	_, list, _ := strings.Cut(out, "Packages:\n")
	for line := range strings.Lines(list) {
		if name := strings.TrimSpace(line); name != "" {
			names = append(names, strings.ReplaceAll(name, "_", " "))
		}
	}
	slices.Sort(names)
	return names
}
