package db_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
)

// books returns n rows, each in the same slice.
func books(n int) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		row := make([]any, 2)
		for i := range n {
			row[0], row[1] = int64(i), fmt.Sprintf("book %06d", i)
			if !yield(row) {
				return
			}
		}
	}
}

func TestBulkInsertsEveryRowOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 249, 250, 251, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
				err := d.Tx(t.Context(), func(tx *db.Tx) error {
					done, err := db.Bulk(t.Context(), tx, "book", []string{"id", "title"}, books(n))
					want(t, "reported rows", done, int64(n))
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				all := titles(t, d)
				want(t, "rows stored", len(all), n)
				if n > 0 {
					want(t, "the last row", all[n-1], fmt.Sprintf("book %06d", n-1))
				}
			})
		})
	}
}

func TestBulkRefusesWhatItCannotWrite(t *testing.T) {
	t.Parallel()
	one := slices.Values([][]any{{1, "a"}})
	for _, c := range []struct {
		name, table string
		columns     []string
		rows        iter.Seq[[]any]
		want        string
	}{
		{"a row too short", "book", []string{"id", "title"}, slices.Values([][]any{{1, "a"}, {2}}), "1 values for 2 columns"},
		{"no columns", "book", nil, one, "0 columns"},
		{"SQL for a table", "book; DROP TABLE book", []string{"id", "title"}, one, "not a name"},
		{"SQL for a column", "book", []string{"id", "title)--"}, one, "not a name"},
		{"a key twice", "book", []string{"id", "title"}, slices.Values([][]any{{1, "a"}, {1, "b"}}), db.ErrUnique.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
				err := d.Tx(t.Context(), func(tx *db.Tx) error {
					_, err := db.Bulk(t.Context(), tx, c.table, c.columns, c.rows)
					return err
				})
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want an error with %q", err, c.want)
				}
				want(t, "books", len(titles(t, d)), 0)
			})
		})
	}
}

func TestBulkStaysWithinTheVariablesOfAStatement(t *testing.T) {
	t.Parallel()
	const columns = 400 // 250 rows would be 100,000 variables
	dbtest.Run(t, nil, func(t *testing.T, d *db.DB) {
		var names []string
		for i := range columns {
			names = append(names, fmt.Sprintf("c%d", i))
		}
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), "CREATE TABLE wide("+strings.Join(names, " BIGINT, ")+" BIGINT)"); err != nil {
				return err
			}
			row := slices.Repeat([]any{7}, columns)
			n, err := db.Bulk(t.Context(), tx, "wide", names, slices.Values(slices.Repeat([][]any{row}, 300)))
			want(t, "rows", n, 300)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestInFindsExactlyTheValuesGiven(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t, shelf()...)
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := db.Bulk(t.Context(), tx, "book", []string{"id", "title"}, books(2000))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.Int64Range(0, 1999), 0, 500, rapid.ID).Draw(t, "ids")
		var found []int64
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			for list, args := range db.In(ids, 2) {
				if len(args) > 128 {
					t.Errorf("a list of %d values", len(args))
				}
				some, err := db.All(t.Context(), tx, db.Value[int64],
					`SELECT id FROM book WHERE title >= $1 AND id IN `+list, append([]any{"book"}, args...)...)
				if err != nil {
					return err
				}
				found = append(found, some...)
			}
			again, err := db.Collect(db.EachIn(t.Context(), tx, db.Value[int64], ids, `SELECT id FROM book WHERE title >= $1 AND id IN () ORDER BY id`, "book"))
			if slices.Sort(again); !slices.Equal(again, slices.Sorted(slices.Values(found))) {
				t.Errorf("EachIn found %d ids and In %d", len(again), len(found))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(ids)
		slices.Sort(found)
		if !slices.Equal(found, ids) {
			t.Errorf("found %d ids, want %d", len(found), len(ids))
		}
	})
}

func TestAllocateGivesDenseBlocks(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, nil, func(t *testing.T, d *db.DB) {
		take := func(name string, n int64, result error) (first int64) {
			err := d.Tx(t.Context(), func(tx *db.Tx) (err error) {
				if first, err = tx.Allocate(t.Context(), name, n); err != nil {
					return err
				}
				return result
			})
			if !errors.Is(err, result) {
				t.Error(err)
			}
			return first
		}
		want(t, "the first of three", take("member", 3, nil), 1)
		want(t, "the next", take("member", 1, nil), 4)
		want(t, "an undone block", take("member", 100, errors.New("undone")), 5)
		want(t, "the block after it", take("member", 2, nil), 5)
		want(t, "another sequence", take("package", 1, nil), 1)
		if err := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Allocate(t.Context(), "member", 0)
			return err
		}); err == nil {
			t.Error("no ids at all were allocated without an error")
		}
	})
}

func TestExecInChangesExactlyTheValuesGiven(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			if _, err := db.Bulk(t.Context(), tx, "book", []string{"id", "title"}, books(500)); err != nil {
				return err
			}
			var even []int64
			for id := int64(0); id < 500; id += 2 {
				even = append(even, id)
			}
			n, err := db.ExecIn(t.Context(), tx, even, `DELETE FROM book WHERE title >= $1 AND id IN () AND id <> 4`, "book")
			want(t, "deleted books", n, 249)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "books left", len(titles(t, d)), 251)
	})
}
