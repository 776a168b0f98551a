package imported_test

import (
	"testing"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/imported"
)

func TestWhatWasPutIsFound(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{imported.Schema()}, func(t *testing.T, d *db.DB) {
		put := func(source, subject string, local int64, members ...uint32) {
			t.Helper()
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				return imported.Put(t.Context(), tx, imported.Record{Source: source, Subject: subject, Local: local, Revision: local + 1, Members: bitset.Of(members...)})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		put("aptly", "repo x", 1, 7)
		put("aptly", "repo x", 3, 7, 8) // the later word counts
		put("reprepro", "repo x", 5)
		for _, c := range []struct {
			source, subject string
			local           int64
			members         int
			found           bool
		}{
			{"aptly", "repo x", 3, 2, true}, {"reprepro", "repo x", 5, 0, true}, {"aptly", "repo y", 0, 0, false},
		} {
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				r, found, err := imported.Find(t.Context(), tx, c.source, c.subject)
				if found != c.found || found && (r.Local != c.local || r.Revision != c.local+1 || r.Members.Len() != c.members) {
					t.Errorf("%s %s is %+v, %t", c.source, c.subject, r, found)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}
