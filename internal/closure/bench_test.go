package closure_test

import (
	"bytes"
	"testing"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/closure"
	"github.com/aptarium/aptarium/internal/testkit"
)

// BenchmarkDebian walks through all of Debian's main from every package of it,
// and from one desktop.
func BenchmarkDebian(b *testing.B) {
	text, err := testkit.Packages(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	w := newWorld()
	var everything, desktop []uint32
	scanner := deb822.NewScanner(bytes.NewReader(text), deb822.Options{})
	for scanner.Next() {
		p := w.add(b, string(scanner.Stanza().Raw()))
		everything = append(everything, p.ID)
		if p.Name == "task-gnome-desktop" {
			desktop = append(desktop, p.ID)
		}
	}
	if err := scanner.Err(); err != nil {
		b.Fatal(err)
	}
	for name, seeds := range map[string][]uint32{"everything": everything, "desktop": desktop} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := closure.Of(b.Context(), w, seeds, closure.Options{Architectures: []string{"amd64"}, Recommends: true})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(seeds)+len(r.Needed)), "packages")
				b.ReportMetric(float64(r.MissingCount), "missing")
			}
		})
	}
}
