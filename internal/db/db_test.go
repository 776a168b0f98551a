package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/problem"
)

// shelf is a small schema: books on shelves.
func shelf() []db.Schema {
	return []db.Schema{{Name: "shelf", Migrations: fstest.MapFS{
		"migrations/sqlite/0001_books.sql": {Data: []byte(`
			CREATE TABLE shelf(id BIGINT PRIMARY KEY);
			CREATE TABLE book(id BIGINT PRIMARY KEY, title TEXT NOT NULL UNIQUE, shelf BIGINT REFERENCES shelf(id));`)},
	}}}
}

// put writes one book in its own transaction.
func put(ctx context.Context, d *db.DB, id int64, title string) error {
	return d.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO book(id, title) VALUES ($1, $2)`, id, title)
		return err
	})
}

// titles reads all books in one snapshot.
func titles(t *testing.T, d *db.DB) (all []string) {
	t.Helper()
	err := d.Read(context.WithoutCancel(t.Context()), func(tx *db.Tx) (err error) {
		all, err = db.All(context.WithoutCancel(t.Context()), tx, db.Value[string], `SELECT title FROM book ORDER BY id`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func want[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestTxCommitsOnNilAndUndoesOnError(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		boom := errors.New("boom")
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), `INSERT INTO book(id, title) VALUES (1, 'lost')`); err != nil {
				t.Error(err)
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("got %v, want the function's error", err)
		}
		if err := put(t.Context(), d, 2, "kept"); err != nil {
			t.Error(err)
		}
		want(t, "titles", titles(t, d), []string{"kept"})
	})
}

func TestPanicUndoesTheTransactionAndFreesTheWriter(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		func() {
			defer func() { _ = recover() }()
			_ = d.Tx(t.Context(), func(tx *db.Tx) error {
				_, _ = tx.Exec(t.Context(), `INSERT INTO book(id, title) VALUES (1, 'lost')`)
				panic("boom")
			})
		}()
		if err := put(t.Context(), d, 2, "kept"); err != nil {
			t.Error(err)
		}
		want(t, "titles", titles(t, d), []string{"kept"})
	})
}

func TestFailedStatementSpoilsTheTransaction(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, _ = tx.Exec(t.Context(), `INSERT INTO book(id, title) VALUES (1, 'one')`)
			_, _ = tx.Exec(t.Context(), `INSERT INTO book(id, title) VALUES (1, 'again')`) // its error ignored
			_, err := tx.Exec(t.Context(), `INSERT INTO book(id, title) VALUES (2, 'two')`)
			if !errors.Is(err, db.ErrUnique) {
				t.Errorf("the next statement returns %v, want the first error", err)
			}
			return nil
		})
		if !errors.Is(err, db.ErrUnique) {
			t.Errorf("Tx returns %v, want ErrUnique", err)
		}
		want(t, "titles", titles(t, d), nil)
	})
}

func TestErrorsThatDomainsTellApart(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		for _, c := range []struct {
			name, statement string
			want            error
		}{
			{"second row with a key", `INSERT INTO book(id, title) VALUES (1, 'a'), (1, 'b')`, db.ErrUnique},
			{"second row with a unique value", `INSERT INTO book(id, title) VALUES (1, 'a'), (2, 'a')`, db.ErrUnique},
			{"row on a shelf that is not there", `INSERT INTO book(id, title, shelf) VALUES (1, 'a', 9)`, db.ErrReference},
		} {
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), c.statement)
				return err
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", c.name, err, c.want)
			}
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := db.One(t.Context(), tx, db.Value[string], `SELECT title FROM book`)
			return err
		})
		if !errors.Is(err, db.ErrNoRows) {
			t.Errorf("no row: got %v, want ErrNoRows", err)
		}
	})
}

func TestReadIsOneSnapshotAndMayNotWrite(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		count := func(tx *db.Tx) int {
			n, err := db.One(t.Context(), tx, db.Value[int], `SELECT count(*) FROM book`)
			if err != nil {
				t.Error(err)
			}
			return n
		}
		_ = d.Read(t.Context(), func(tx *db.Tx) error {
			before := count(tx)
			if err := put(t.Context(), d, 1, "meanwhile"); err != nil {
				t.Error(err)
			}
			if after := count(tx); before != 0 || after != 0 {
				t.Errorf("the snapshot shows %d then %d books, want none", before, after)
			}
			return nil
		})
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM book`)
			return err
		})
		if err == nil {
			t.Error("a read transaction could write")
		}
		want(t, "titles", titles(t, d), []string{"meanwhile"})
	})
}

func TestAfterCommitHooksRunOnlyAfterACommit(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		var seen [][]string
		hook := func() { seen = append(seen, titles(t, d)) }
		_ = d.Tx(t.Context(), func(tx *db.Tx) error {
			tx.AfterCommit(hook)
			return errors.New("undone")
		})
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			tx.AfterCommit(hook)
			// A hook may write: the connection is free again.
			tx.AfterCommit(func() { _ = put(t.Context(), d, 2, "by the hook") })
			tx.AfterCommit(hook)
			_, err := tx.Exec(t.Context(), `INSERT INTO book(id, title) VALUES (1, 'one')`)
			return err
		})
		if err != nil {
			t.Error(err)
		}
		want(t, "what hooks saw", seen, [][]string{{"one"}, {"one", "by the hook"}})
	})
}

func TestSameQueryMayBeNestedInItsOwnRows(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		for i := range int64(3) {
			if err := put(t.Context(), d, i, string(rune('a'+i))); err != nil {
				t.Fatal(err)
			}
		}
		const query = `SELECT title FROM book ORDER BY id`
		var pairs []string
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			for outer, err := range db.Each(t.Context(), tx, db.Value[string], query) {
				if err != nil {
					return err
				}
				for inner, err := range db.Each(t.Context(), tx, db.Value[string], query) {
					if err != nil {
						return err
					}
					pairs = append(pairs, outer+inner)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		want(t, "pairs", pairs, []string{"aa", "ab", "ac", "ba", "bb", "bc", "ca", "cb", "cc"})
	})
}

func TestRowsReadCountsWhatQueriesHandOut(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		for i := range int64(5) {
			if err := put(t.Context(), d, i, string(rune('a'+i))); err != nil {
				t.Fatal(err)
			}
		}
		before := d.RowsRead()
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			if _, err := db.All(t.Context(), tx, db.Value[int64], `SELECT id FROM book`); err != nil {
				return err
			}
			for _, err := range db.Each(t.Context(), tx, db.Value[int64], `SELECT id FROM book`) {
				if err != nil {
					return err
				}
				break // one row
			}
			want(t, "rows of the transaction", tx.RowsRead(), 6)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		want(t, "rows of the database", d.RowsRead()-before, 6)
	})
}

func TestCancelledQueryEndsAndLeavesTheDatabaseUsable(t *testing.T) {
	t.Parallel()
	// endless computes one row for ever; stream returns rows for ever.
	const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`
	const stream = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n`
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		for name, run := range map[string]func(context.Context, func(*db.Tx) error) error{"read": d.Read, "write": d.Tx} {
			for _, query := range []string{endless, stream} {
				ctx, cancel := context.WithCancel(t.Context())
				err := run(ctx, func(tx *db.Tx) error {
					time.AfterFunc(5*time.Millisecond, cancel)
					for _, err := range db.Each(ctx, tx, db.Value[int64], query) {
						if err != nil {
							return err
						}
					}
					return nil
				})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s: got %v, want context.Canceled", name, err)
				}
			}
		}
		// An interrupted write leaves nothing, and the next ones work.
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Tx(ctx, func(tx *db.Tx) error {
			_, _ = tx.Exec(ctx, `INSERT INTO book(id, title) VALUES (1, 'lost')`)
			time.AfterFunc(5*time.Millisecond, cancel)
			_, _ = tx.Exec(ctx, `INSERT INTO book(id, title) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i + 9, 't' || i FROM n`)
			_, _ = tx.Exec(t.Context(), `INSERT INTO book(id, title) VALUES (2, 'outside any transaction')`)
			return nil // though its statements failed
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted write: got %v, want context.Canceled", err)
		}
		for i := range int64(8) { // more than there are readers
			if err := put(t.Context(), d, i, string(rune('a'+i))); err != nil {
				t.Error(err)
			}
			want(t, "books", len(titles(t, d)), int(i)+1)
		}
	})
}

func TestWaitingForTheWriterEndsWithTheContext(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		_ = d.Tx(t.Context(), func(*db.Tx) error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if err := put(ctx, d, 1, "never"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline", err)
			}
			return nil
		})
	})
}

func TestManyWritersAndReaders(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for w := range int64(8) {
			wg.Go(func() {
				for i := range int64(20) {
					id := w*100 + i
					if err := put(t.Context(), d, id, "book "+string(rune('a'+w))+string(rune('a'+i))); err != nil {
						t.Error(err)
					}
					titles(t, d)
				}
			})
		}
		wg.Wait()
		want(t, "books", len(titles(t, d)), 160)
	})
}

func TestOtherProcessesWaitForEachOther(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shared.db")
	var handles [2]*db.DB // what two processes would hold
	var opened sync.WaitGroup
	for i := range handles {
		opened.Go(func() {
			d, err := db.Open(t.Context(), db.Options{Path: path, Schemas: shelf(), Volatile: true})
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { d.Close() })
			handles[i] = d
		})
	}
	opened.Wait()
	if t.Failed() {
		t.FailNow()
	}
	done := make(chan error)
	err := handles[0].Tx(t.Context(), func(tx *db.Tx) error {
		go func() { done <- put(t.Context(), handles[1], 2, "second") }()
		time.Sleep(3 * time.Millisecond) // so that the other can meet the lock; nothing depends on it
		_, err := tx.Exec(t.Context(), `INSERT INTO book(id, title) VALUES (1, 'first')`)
		return err
	})
	if err := errors.Join(err, <-done); err != nil {
		t.Error(err)
	}
	want(t, "titles", titles(t, handles[0]), []string{"first", "second"})
}

func TestFullDiskIsAProblemThatChangesNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t, shelf()...)
	if err := put(t.Context(), d, 1, "kept"); err != nil {
		t.Fatal(err)
	}
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		// SQLite reports a page limit and a full disk in the same way.
		if err := tx.QueryRow(t.Context(), `PRAGMA max_page_count = 20`).Scan(new(int)); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO book(id, title) VALUES (2, $1)`, strings.Repeat("x", 1<<20))
		return err
	})
	if !problem.Is(err, problem.Full) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("got %v, want a Full problem with a hint", err)
	}
	if err := put(t.Context(), d, 3, "small"); err != nil {
		t.Errorf("a small change afterwards: %v", err)
	}
	want(t, "titles", titles(t, d), []string{"kept", "small"})
}

func TestClosedDatabaseRefusesWork(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, shelf(), func(t *testing.T, d *db.DB) {
		if err := errors.Join(d.Close(), d.Close()); err != nil {
			t.Error(err)
		}
		if err := put(t.Context(), d, 1, "late"); !errors.Is(err, db.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	})
}

func TestCommittedBooksAreThereAfterReopening(t *testing.T) {
	t.Parallel()
	o := db.Options{Path: filepath.Join(t.TempDir(), "a b?c%d#e.db"), Schemas: shelf()}
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(put(t.Context(), d, 1, "kept"), d.Close()); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(o.Path), "*"))
	if err != nil || !slices.Equal(left, []string{o.Path}) {
		t.Errorf("after Close the folder holds %q (%v), want the one file", left, err)
	}
	if d, err = db.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	want(t, "titles", titles(t, d), []string{"kept"})
}

func TestDamagedFileIsToldWithARemedy(t *testing.T) {
	t.Parallel()
	o := db.Options{Path: filepath.Join(t.TempDir(), "damaged.db"), Schemas: shelf(), Volatile: true}
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := db.Bulk(t.Context(), tx, "book", []string{"id", "title"}, books(5000))
		return err
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 16 << 10; i < len(content); i++ { // past the schema
		content[i] = 0xA5
	}
	if err := os.WriteFile(o.Path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err = db.Open(t.Context(), o); err == nil {
		defer d.Close()
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := db.All(t.Context(), tx, db.Value[string], `SELECT title FROM book`)
			return err
		})
	}
	if err == nil || !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), "backup") {
		t.Errorf("got %v, want the damage and the backup in the error", err)
	}
}

// TestCommitsCanBeWatchedAndFailed: tests that end the process at a commit, or
// fail it, stand at the right places.
func TestCommitsCanBeWatchedAndFailed(t *testing.T) {
	t.Parallel()
	full := errors.New("no room")
	var calls []string
	var fail error
	d, err := db.Open(t.Context(), db.Options{
		Path: filepath.Join(t.TempDir(), "test.db"), Volatile: true,
		Committing: func() error { calls = append(calls, "before"); return fail },
		Committed:  func() { calls = append(calls, "after") },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	count := func() (n int) {
		err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
			n, err = db.One(t.Context(), tx, db.Value[int], `SELECT count(*) FROM sequence WHERE name = 'x'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	write := func(tx *db.Tx) error { _, err := tx.Allocate(t.Context(), "x", 1); return err }
	calls, fail = nil, full
	if err := d.Tx(t.Context(), write); !errors.Is(err, full) || !slices.Equal(calls, []string{"before"}) || count() != 0 {
		t.Errorf("a failed commit returns %v after %q, and %d rows", err, calls, count())
	}
	calls, fail = nil, nil
	if err := d.Tx(t.Context(), write); err != nil || !slices.Equal(calls, []string{"before", "after"}) || count() != 1 {
		t.Errorf("the next commit returns %v after %q, and %d rows", err, calls, count())
	}
}

func TestCompactingGivesTheLogBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	d, err := db.Open(t.Context(), db.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "CREATE TABLE filler AS SELECT randomblob(100000) AS data")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []bool{true, false} {
		info, err := os.Stat(path + "-wal")
		if err != nil || (info.Size() > 0) != wanted {
			t.Errorf("the log has %v bytes, %v", info.Size(), err)
		}
		if err := d.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFirstPrefersTheErrorOfTheQuery(t *testing.T) {
	t.Parallel()
	failed, none := errors.New("failed"), errors.New("none")
	for _, c := range []struct {
		found     []int
		err, want error
	}{{[]int{7, 8}, nil, nil}, {nil, nil, none}, {nil, failed, failed}, {[]int{7}, failed, failed}} {
		first, err := db.First(c.found, c.err, none)
		if err != c.want || (first == 7) != (err == nil) {
			t.Errorf("First(%v, %v) is %d, %v", c.found, c.err, first, err)
		}
	}
}
