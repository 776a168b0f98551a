package db_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// schema makes a schema called "s" of numbered scripts.
func schema(scripts map[string]string) []db.Schema {
	files := fstest.MapFS{"migrations/sqlite": {Mode: fs.ModeDir}}
	for name, text := range scripts {
		files["migrations/sqlite/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return []db.Schema{{Name: "s", Migrations: files}}
}

// reopen opens a file with some schemas, counts the rows of table t, and closes it.
func reopen(t *testing.T, path string, schemas []db.Schema) (rows int, err error) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{Path: path, Schemas: schemas, Volatile: true})
	if err != nil {
		return 0, err
	}
	defer d.Close()
	err = d.Read(t.Context(), func(tx *db.Tx) (err error) {
		rows, err = db.One(t.Context(), tx, db.Value[int], `SELECT count(*) FROM t`)
		return err
	})
	return rows, err
}

const (
	createT = `CREATE TABLE t(a BIGINT); INSERT INTO t VALUES (1);`
	insertT = `INSERT INTO t VALUES (2);`
)

func TestMigrationsRunOnceAndInOrder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.db")
	for _, step := range []struct {
		scripts map[string]string
		rows    int
	}{
		{map[string]string{"0001_create.sql": createT}, 1},
		{map[string]string{"0001_create.sql": createT}, 1},
		{map[string]string{"0001_create.sql": createT, "0002_more.sql": insertT, "0003_more.sql": insertT}, 3},
		{map[string]string{"0001_create.sql": createT, "0002_more.sql": insertT, "0003_more.sql": insertT}, 3},
	} {
		rows, err := reopen(t, path, schema(step.scripts))
		if err != nil {
			t.Fatal(err)
		}
		want(t, "rows", rows, step.rows)
	}
}

func TestFailedMigrationLeavesNothingOfItself(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.db")
	_, err := reopen(t, path, schema(map[string]string{"0001_create.sql": createT, "0002_more.sql": insertT + `INSERT INTO misspelt VALUES (1);`}))
	if err == nil || !strings.Contains(err.Error(), "s/0002_more") {
		t.Errorf("got %v, want an error that names the migration", err)
	}
	rows, err := reopen(t, path, schema(map[string]string{"0001_create.sql": createT, "0002_more.sql": insertT}))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "rows", rows, 2)
}

func TestDatabasesThatThisProgramCannotHaveMade(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		scripts map[string]string
		want    string
	}{
		{"a released script was changed", map[string]string{"0001_create.sql": createT + "\n-- edited", "0002_more.sql": insertT}, "another text"},
		{"a newer program was here", map[string]string{"0001_create.sql": createT}, "this program knows up to 0001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "m.db")
			if _, err := reopen(t, path, schema(map[string]string{"0001_create.sql": createT, "0002_more.sql": insertT})); err != nil {
				t.Fatal(err)
			}
			_, err := reopen(t, path, schema(c.scripts))
			if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a Conflict with %q", err, c.want)
			}
		})
	}
}

// withSteps makes a schema called "s" of numbered scripts and steps.
func withSteps(scripts map[string]string, steps map[string]db.Step) []db.Schema {
	schemas := schema(scripts)
	schemas[0].Steps = steps
	return schemas
}

// double adds the rows of t once more, as values that SQL would not find.
func double(ctx context.Context, tx *db.Tx) error {
	values, err := db.All(ctx, tx, db.Value[int64], `SELECT a FROM t`)
	if err != nil {
		return err
	}
	rows := make([][]any, len(values))
	for i, v := range values {
		rows[i] = []any{v + 100}
	}
	_, err = db.Bulk(ctx, tx, "t", []string{"a"}, slices.Values(rows))
	return err
}

func TestStepsRunOnceAmongTheScripts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.db")
	ran := 0
	steps := map[string]db.Step{"0002_double": func(ctx context.Context, tx *db.Tx) error {
		ran++
		return double(ctx, tx)
	}}
	for _, step := range []struct {
		schemas []db.Schema
		rows    int
	}{
		{schema(map[string]string{"0001_create.sql": createT}), 1},
		{withSteps(map[string]string{"0001_create.sql": createT, "0003_more.sql": insertT}, steps), 3},
		{withSteps(map[string]string{"0001_create.sql": createT, "0003_more.sql": insertT}, steps), 3},
	} {
		rows, err := reopen(t, path, step.schemas)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "rows", rows, step.rows)
	}
	want(t, "runs of the step", ran, 1)
}

func TestFailedStepLeavesNothingOfItself(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.db")
	scripts := map[string]string{"0001_create.sql": createT}
	unreadable := errors.New("row 1 cannot be read")
	_, err := reopen(t, path, withSteps(scripts, map[string]db.Step{"0002_double": func(ctx context.Context, tx *db.Tx) error {
		return errors.Join(double(ctx, tx), unreadable)
	}}))
	if !errors.Is(err, unreadable) || !strings.Contains(err.Error(), "s/0002_double") {
		t.Errorf("got %v, want the step's error and its name", err)
	}
	rows, err := reopen(t, path, withSteps(scripts, map[string]db.Step{"0002_double": double}))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "rows", rows, 2)
}

func TestStepsOfAnotherBuildAreRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.db")
	scripts := map[string]string{"0001_create.sql": createT}
	if _, err := reopen(t, path, withSteps(scripts, map[string]db.Step{"0002_double": double})); err != nil {
		t.Fatal(err)
	}
	for name, schemas := range map[string][]db.Schema{
		"another step":         withSteps(scripts, map[string]db.Step{"0002_treble": double}),
		"a script in its turn": schema(map[string]string{"0001_create.sql": createT, "0002_double.sql": insertT}),
		"no step at all":       schema(scripts),
	} {
		if _, err := reopen(t, path, schemas); !problem.Is(err, problem.Conflict) {
			t.Errorf("%s: got %v, want a Conflict", name, err)
		}
	}
}

func TestStepsShareTheNumbersOfScripts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"0001_create", "0003_gap", "0002_script.sql", "2_short", "0002", "0002_"} {
		_, err := reopen(t, filepath.Join(t.TempDir(), "m.db"),
			withSteps(map[string]string{"0001_create.sql": createT}, map[string]db.Step{name: double}))
		if err == nil || !strings.Contains(err.Error(), "or a step 000") {
			t.Errorf("%s: got %v, want a complaint about the name", name, err)
		}
	}
}

func TestScriptsMustBeNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"0002_gap.sql", "1_short.sql", "0001.sql", "0001_.sql", "0001_readme.txt"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := reopen(t, filepath.Join(t.TempDir(), "m.db"), schema(map[string]string{name: createT}))
			if err == nil || !strings.Contains(err.Error(), "want 0001_NAME.sql") {
				t.Errorf("got %v, want a complaint about the name", err)
			}
		})
	}
}

func TestConcurrentOpenersMigrateOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.db")
	scripts := map[string]string{"0001_create.sql": createT, "0002_more.sql": insertT, "0003_more.sql": insertT}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			rows, err := reopen(t, path, schema(scripts))
			if err != nil {
				t.Error(err)
			}
			want(t, "rows", rows, 3)
		})
	}
	wg.Wait()
}

// migrating is set in the environment of a copy of this test program that
// migrates the named file until it is killed.
const migrating = "APTARIUM_TEST_MIGRATE"

func TestKilledMigrationIsDoneOrNot(t *testing.T) {
	slow := map[string]string{"0001_create.sql": createT}
	for _, name := range []string{"0002_a.sql", "0003_b.sql", "0004_c.sql"} {
		slow[name] = `INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) SELECT i FROM n;`
	}
	if path := os.Getenv(migrating); path != "" {
		if _, err := reopen(t, path, schema(slow)); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Parallel()
	for _, life := range []time.Duration{5, 15, 25, 40, 60} {
		path := filepath.Join(t.TempDir(), "m.db")
		child := exec.Command(os.Args[0], "-test.run=^TestKilledMigrationIsDoneOrNot$")
		child.Env = append(os.Environ(), migrating+"="+path)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(life * time.Millisecond) // any instant will do; several are tried
		_ = child.Process.Kill()
		_ = child.Wait()
		rows, err := reopen(t, path, schema(slow))
		if err != nil {
			t.Fatalf("after a kill at %d ms: %v", life, err)
		}
		want(t, "rows", rows, 1+3*40000)
	}
}

func TestFilesThatAreNoDatabase(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a text file":             text,
		"a folder":                t.TempDir(),
		"a folder that is absent": filepath.Join(t.TempDir(), "absent", "a.db"),
	} {
		if _, err := reopen(t, path, nil); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: got %v, want an Invalid problem", name, err)
		}
	}
}

func TestDatabaseFileIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "m.db")
	d, err := db.Open(t.Context(), db.Options{Path: path, Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		want(t, filepath.Base(file), info.Mode().Perm(), 0o600)
	}
}
