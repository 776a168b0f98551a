package declared_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/problem"
)

// do runs fn in a transaction.
func do(t *testing.T, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsDeclaredIsRemembered(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{declared.Schema()}, func(t *testing.T, d *db.DB) {
		first := declared.Record{Declaration: "house", Kind: "mirror", Name: "m", Local: 1, Pending: true}
		later := declared.Record{Declaration: "house", Kind: "mirror", Name: "m", Local: 2, Spec: "{}"}
		repo := declared.Record{Declaration: "house", Kind: "repo", Name: "m", Local: 3}
		other := declared.Record{Declaration: "garden", Kind: "repo", Name: "m", Local: 3}
		do(t, d, func(tx *db.Tx) error {
			for _, r := range []declared.Record{first, repo, later, other} {
				if err := declared.Put(t.Context(), tx, r); err != nil {
					return err
				}
			}
			return nil
		})
		check := func(want ...declared.Record) {
			t.Helper()
			do(t, d, func(tx *db.Tx) error {
				got, err := declared.List(t.Context(), tx, "house")
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				return err
			})
		}
		check(later, repo)
		do(t, d, func(tx *db.Tx) error {
			for _, c := range []struct {
				record declared.Record
				shared bool
			}{{repo, true}, {later, false}, {declared.Record{Declaration: "house", Kind: "repo", Name: "m", Local: 4}, false}} {
				if shared, err := declared.Elsewhere(t.Context(), tx, c.record); err != nil || shared != c.shared {
					t.Errorf("%+v is shared: %t, %v", c.record, shared, err)
				}
			}
			return declared.Drop(t.Context(), tx, repo)
		})
		check(later)
	})
}

func TestRequestsAreKeptUntilTheyAreDone(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{declared.Schema()}, func(t *testing.T, d *db.DB) {
		var ids [3]int64
		do(t, d, func(tx *db.Tx) (err error) {
			for i, text := range []string{"a", "b", "c"} {
				if ids[i], err = declared.PutRequest(t.Context(), tx, text); err != nil {
					return err
				}
			}
			return declared.ForgetRequests(t.Context(), tx, ids[1])
		})
		do(t, d, func(tx *db.Tx) error {
			if _, err := declared.Request(t.Context(), tx, ids[0]); !problem.Is(err, problem.NotFound) {
				t.Errorf("one that is done: %v", err)
			}
			text, err := declared.Request(t.Context(), tx, ids[2])
			if text != "c" {
				t.Errorf("%q", text)
			}
			return err
		})
	})
}
