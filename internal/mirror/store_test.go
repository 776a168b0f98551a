package mirror_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestAMirrorsCollectionSaysWhatItsUpstreamSays(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{catalog.Schema(), mirror.Schema()}, func(t *testing.T, d *db.DB) {
		c := catalog.New()
		store := mirror.New(c)
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			config := mirror.Config{URL: "http://127.0.0.1:1", Suite: "stable/updates"}
			probe := &mirror.Probe{Meta: map[string]string{"Origin": "Example", "NotAutomatic": "yes", "ButAutomaticUpgrades": "no"}}
			m, err := store.Create(t.Context(), tx, "m", "", config, probe)
			if err != nil {
				return err
			}
			stored := func() (said [2]string, automatic bool) {
				found, err := c.ByID(t.Context(), tx, m.Collection.ID)
				if err != nil {
					t.Fatal(err)
				}
				return [2]string{found.Origin, found.Distribution}, !found.NotAutomatic && !found.ButAutomaticUpgrades
			}
			if said, automatic := stored(); said != [2]string{"Example", "stable/updates"} || automatic {
				t.Errorf("made: %q, automatic: %t", said, automatic)
			}
			m.Config.Suite, m.State.Meta = "./", map[string]string{"Origin": "Other"}
			if err := store.Save(t.Context(), tx, m); err != nil {
				return err
			}
			if said, automatic := stored(); said != [2]string{"Other", ""} || !automatic {
				t.Errorf("changed: %q, automatic: %t", said, automatic)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestDroppedMirrorsAreFoundByNumberAlone(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{catalog.Schema(), mirror.Schema()}, func(t *testing.T, d *db.DB) {
		c := catalog.New()
		store := mirror.New(c)
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			config := mirror.Config{URL: "http://127.0.0.1:1", Suite: "stable"}
			old, err := store.Create(t.Context(), tx, "m", "", config, nil)
			if err != nil {
				return err
			}
			if err := c.Drop(t.Context(), tx, old.Collection); err != nil {
				return err
			}
			if _, err := store.Create(t.Context(), tx, "m", "", config, nil); err != nil {
				return err
			}
			found, err := store.ByID(t.Context(), tx, old.Collection.ID)
			if diff := cmp.Diff(old, found); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
			if _, err := store.Kept(t.Context(), tx, old.Collection.ID); !problem.Is(err, problem.NotFound) {
				t.Errorf("the new mirror of its name: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
