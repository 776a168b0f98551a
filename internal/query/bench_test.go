package query_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/query"
)

const benchPackages = 250_000

// archive returns packages like those of a big archive: four per name, with different
// versions or architectures; some provide others.
func archive(b *testing.B) []*pkg {
	b.Helper()
	architectures := []string{"amd64", "arm64", "i386", "all"}
	priorities := []string{"optional", "optional", "optional", "required"}
	packages := make([]*pkg, benchPackages)
	for i := range packages {
		number := i / 4
		p := &pkg{
			name: fmt.Sprintf("lib-package-%d", number), version: fmt.Sprintf("%d.%d-%d", number%7, number%100, i%9),
			arch: architectures[i%4], typ: "deb",
			sourceName: fmt.Sprintf("source-%d", number/3), sourceVersion: fmt.Sprintf("%d.%d", number%7, number%100),
			stanza: &deb822.Stanza{Fields: []deb822.Field{
				{Name: []byte("Priority"), Value: []byte(priorities[number%4])},
				{Name: []byte("Maintainer"), Value: fmt.Appendf(nil, "Team %d <team@example.org>", number%500)},
			}},
		}
		if number%50 == 0 {
			p.provides = []query.Provided{{Name: fmt.Sprintf("virtual-%d", number%500), Version: p.version}}
		}
		packages[i] = p
	}
	return packages
}

// benchQueries has one of each kind.
func benchQueries() map[string]string {
	list := make([]string, 5000)
	for i := range list {
		list[i] = fmt.Sprintf("lib-package-%d", i*7)
	}
	return map[string]string{
		"exact":        "lib-package-777_0.77-4_arm64",
		"dependency":   "lib-package-777",
		"versioned":    "lib-package-777 (>= 0.1) {amd64}",
		"virtual":      "virtual-50",
		"list":         strings.Join(list, " | "),
		"not-list":     "!(" + strings.Join(list, " | ") + ")",
		"name":         "Name (lib-package-777)",
		"name-glob":    "Name (% lib-package-*7)",
		"name-regexp":  "Name (~ '-7[0-9]+7$')",
		"version":      "$Version (>= 5)",
		"architecture": "$Architecture (amd64)",
		"source":       "$Source (source-77)",
		"control":      "Priority (required)",
		"control-re":   "Maintainer (~ 'Team 4[0-9]+ ')",
		"mixed":        "Name (% lib-package-*7), $Architecture (amd64), Priority (required)",
	}
}

// BenchmarkSearch answers queries over 250,000 packages in two phases.
func BenchmarkSearch(b *testing.B) {
	packages := archive(b)
	x, all := newIndex(packages), everything(len(packages))
	for name, text := range benchQueries() {
		plan := compile(b, text)
		b.Run(name, func(b *testing.B) {
			var found int
			for b.Loop() {
				found = searchIn(b, plan, packages, all, x).Len()
				x.asked = nil
			}
			if found == 0 {
				b.Errorf("%s finds nothing", text)
			}
			b.ReportMetric(float64(found), "found")
		})
	}
}

// BenchmarkScan answers them by Match alone.
func BenchmarkScan(b *testing.B) {
	packages := archive(b)
	for name, text := range benchQueries() {
		plan := compile(b, text)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for _, p := range packages {
					if _, err := plan.Match(b.Context(), p); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkParse reads and compiles a long list of names.
func BenchmarkParse(b *testing.B) {
	text := benchQueries()["list"]
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		compile(b, text)
	}
}
