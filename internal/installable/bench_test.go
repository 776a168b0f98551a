package installable_test

import (
	"bytes"
	"testing"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/installable"
	"github.com/aptarium/aptarium/internal/testkit"
)

// BenchmarkDebian judges all of Debian's main, before and after 500 of its packages
// went.
func BenchmarkDebian(b *testing.B) {
	text, err := testkit.Packages(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	a := newArchive()
	scanner := deb822.NewScanner(bytes.NewReader(text), deb822.Options{})
	var before, after []installable.Package
	for i := 0; scanner.Next(); i++ {
		p := a.learn(string(scanner.Stanza().Get("Package")), string(scanner.Stanza().Get("Version")), scanner.Stanza())
		before = append(before, p)
		if i%128 != 0 {
			after = append(after, p)
		}
	}
	if err := scanner.Err(); err != nil {
		b.Fatal(err)
	}
	for name, packages := range map[string][]installable.Package{"nothing changes": before, "packages went": after} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := a.library.Compare(b.Context(), before, packages, "amd64", installable.Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(r.Candidates), "candidates")
				b.ReportMetric(float64(r.BrokenCount), "broken")
			}
		})
	}
}
