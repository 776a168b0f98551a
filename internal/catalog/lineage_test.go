package catalog_test

import (
	"context"
	"sync"
	"testing"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

func TestWhatIsMadeOfSourcesSaysWhatTheyAgreeOn(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		make := func(c catalog.Collection, of ...catalog.Collection) (made catalog.Collection) {
			b.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
				if c, err = b.Create(ctx, tx, c); err != nil {
					return err
				}
				if made, err = b.Derive(ctx, tx, c, of); err != nil {
					return err
				}
				stored, err := b.ByID(ctx, tx, c.ID)
				if stored != made {
					t.Errorf("stored %+v, not %+v", stored, made)
				}
				return err
			})
			return made
		}
		debian := make(catalog.Collection{Kind: catalog.Mirror, Name: "sid", Distribution: "sid", Origin: "Debian"})
		backports := make(catalog.Collection{Kind: catalog.Mirror, Name: "bpo", Distribution: "bpo", Origin: "Debian", NotAutomatic: true, ButAutomaticUpgrades: true})
		one := make(catalog.Collection{Kind: catalog.Snapshot, Name: "one"}, backports)
		if one.Distribution != "bpo" || one.Origin != "Debian" || !one.NotAutomatic || !one.ButAutomaticUpgrades {
			t.Errorf("of one: %+v", one)
		}
		both := make(catalog.Collection{Kind: catalog.Snapshot, Name: "both"}, debian, one)
		if both.Distribution != "" || both.Origin != "Debian" || both.NotAutomatic || both.ButAutomaticUpgrades {
			t.Errorf("of two: %+v", both)
		}
		if named := make(catalog.Collection{Kind: catalog.Snapshot, Name: "named", Distribution: "own"}, backports); named.Distribution != "own" {
			t.Errorf("its own word: %+v", named)
		}
	})
}

func TestManyReadAtOnce(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, b *bench) {
		var all bitset.Set
		for round := range 20 {
			fresh := b.intern(t, benchEntry(round*200), benchEntry(round*200+1), benchEntry(round*200+50))
			all = all.Union(fresh)
			var readers sync.WaitGroup
			for range 4 {
				readers.Go(func() {
					if got := b.match(t, all, "Name (% *)"); !got.Equal(all) {
						t.Errorf("%d of %d packages are found", got.Len(), all.Len())
					}
				})
			}
			readers.Wait()
		}
	})
}
