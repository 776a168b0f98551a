package mirror_test

import (
	"testing"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/testkit"
)

// BenchmarkPlan plans the first sync of all of Debian's main, and of what filters
// choose of it.
func BenchmarkPlan(b *testing.B) {
	text, err := testkit.Packages(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	writeRelease(b, dir, string(text))
	for name, edit := range map[string]func(*mirror.Config){
		"whole":        func(*mirror.Config) {},
		"named":        func(c *mirror.Config) { c.Filter = "nginx | postgresql" },
		"field":        func(c *mirror.Config) { c.Filter = "Maintainer (~ Go)" },
		"dependencies": func(c *mirror.Config) { c.Filter, c.FilterWithDependencies = "task-gnome-desktop", true },
		"latest":       func(c *mirror.Config) { c.LatestOnly = true },
	} {
		b.Run(name, func(b *testing.B) {
			d := dbtest.New(b, catalog.Schema(), mirror.Schema())
			config := mirror.Config{URL: "file://" + dir, Suite: "./", Architectures: []string{"amd64"}}
			edit(&config)
			syncer := newBench(b, d, config)
			b.ReportAllocs()
			for b.Loop() {
				p, err := syncer.Plan(b.Context(), d, syncer.Mirror, true, silent)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(p.Packages), "packages")
			}
		})
	}
}
