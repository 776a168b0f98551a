package mirrors_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
)

// TestAnItemIsThereFromTheInstantOfItsTaskUntilThatOfTheNext: an interval that
// includes its beginning and not its end.
func TestAnItemIsThereFromTheInstantOfItsTaskUntilThatOfTheNext(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		w.run()
		next := shop()
		next.Date = shopDate(2)
		next.Packages[0].Version = "1:2.0-2"
		w.offer(next)
		w.run()
		log := apptest.Must(w.Collections.History(w.Ctx, collections.Ref{Kind: catalog.Mirror, Name: "suite"}, usecase.Page{}))(w.TB).Items
		first, second := log[1].At.UnixMicro(), log[0].At.UnixMicro()
		for _, c := range []struct {
			when     string
			at       int64
			old, new bool
		}{
			{"just before the first", first - 1, false, false}, {"at the first", first, true, false},
			{"just before the second", second - 1, true, false}, {"at the second", second, false, true}, {"now", 0, false, true},
		} {
			var found []string
			l := apptest.Must(w.Collections.Packages(w.Ctx, collections.Ref{Kind: catalog.Mirror, Name: "suite", At: c.at}, collections.Terms{}, usecase.Page{Limit: 50}))(w.TB)
			for _, p := range l.Items {
				found = append(found, p.Version+" "+p.Name+" "+p.Architecture)
			}
			if slices.Contains(found, "1:2.0-1 hello amd64") != c.old || slices.Contains(found, "1:2.0-2 hello amd64") != c.new {
				w.TB.Errorf("%s: %q", c.when, found)
			}
		}
	})
}

func TestIndexesOfEarlierTasksAreServedByTheirHash(t *testing.T) {
	t.Parallel()
	tasked(t, shop(), func(w *workplace) {
		const folder = "debian/dists/stable/main/binary-amd64/"
		w.run()
		w.Publish("mirror:suite")
		packed := digest.Of([]byte(w.Read(folder + "Packages.gz"))).String()
		next := shop()
		next.Date = shopDate(2)
		next.Packages = next.Packages[1:]
		w.offer(next)
		w.run()
		w.Update()
		if again := digest.Of([]byte(w.Read(folder + "by-hash/SHA256/" + packed))).String(); again != packed {
			w.TB.Error("the index of the first release has other bytes now")
		}
		if digest.Of([]byte(w.Read(folder+"Packages.gz"))).String() == packed {
			w.TB.Error("the index did not change")
		}
		w.Read("debian/pool/main/h/hello/hello_2.0-1_amd64.deb") // of the first release alone
		for _, path := range []string{
			folder + "by-hash/SHA256/nonsense", folder + "by-hash/SHA256/" + strings.Repeat("0", 64), "debian/dists/stable/main/by-hash/SHA256/" + packed,
			"debian/pool/main/x/hello/hello_2.0-1_amd64.deb", "debian/pool/contrib/h/hello/hello_2.0-1_amd64.deb",
		} {
			if _, err := w.Publications.File(context.Background(), path); err == nil {
				w.TB.Errorf("%s is served", path)
			}
		}
	})
}
