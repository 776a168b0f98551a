package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/problem"
)

// bench is an intake with one repo.
type bench struct {
	*testing.T
	*intake.Intake
	repo catalog.Collection
}

func run(t *testing.T, test func(*bench)) {
	t.Helper()
	dbtest.Run(t, []db.Schema{catalog.Schema()}, func(t *testing.T, d *db.DB) {
		pool, err := file.Open(t.TempDir(), file.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = pool.Close() })
		b := &bench{T: t, Intake: &intake.Intake{DB: d, Catalog: catalog.New(), Pool: pool, Earlier: pool}}
		b.tx(func(tx *db.Tx) error {
			b.repo, err = b.Catalog.Create(t.Context(), tx, catalog.Collection{Kind: catalog.Repo, Name: "tools", Component: "main"})
			return err
		})
		test(b)
	})
}

func (b *bench) tx(fn func(tx *db.Tx) error) {
	b.Helper()
	if err := b.DB.Tx(b.Context(), fn); err != nil {
		b.Fatal(err)
	}
}

// deb is a package hello 1 with some content, in a file of some name.
func (b *bench) deb(name, content string) catalog.File {
	b.Helper()
	var w bytes.Buffer
	control := "Package: hello\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nSection: misc\nDescription: test\n"
	if err := debfile.Write(&w, []byte(control), []debfile.File{{Name: "content", Body: []byte(content)}}, debfile.WriteOptions{}); err != nil {
		b.Fatal(err)
	}
	f, err := b.Store(b.Context(), name+".deb", &w)
	if err != nil {
		b.Fatal(err)
	}
	return f
}

// arrive settles packages, which are written as "name content", and lists those that win.
func (b *bench) arrive(rule intake.Rule, debs ...string) (taken []intake.Arrival, failed []intake.Failure, s intake.Settlement) {
	b.Helper()
	arrivals := b.Arrivals(rule)
	for _, d := range debs {
		name, content, _ := strings.Cut(d, " ")
		e, err := b.Package(b.Context(), b.deb(name, content), "main", nil)
		if err == nil {
			err = arrivals.Add(b.Context(), d, e)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := arrivals.Ready(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.tx(func(tx *db.Tx) (err error) {
		if s, err = arrivals.Settle(b.Context(), tx, b.repo); err != nil {
			return err
		}
		v, _, err := b.Catalog.Append(b.Context(), tx, b.repo, s.Added, s.Removed, 0)
		b.repo.Head = v.Revision
		return err
	})
	taken, failed = arrivals.Outcome(s)
	return taken, failed, s
}

// listed is what the repo lists, as "file content" of each package.
func (b *bench) listed() (names []string) {
	b.Helper()
	b.tx(func(tx *db.Tx) error {
		set, err := b.Catalog.Set(b.Context(), tx, b.repo.View())
		if err != nil {
			return err
		}
		list, err := b.Catalog.Listings(b.Context(), tx, set)
		for _, l := range list {
			names = append(names, fmt.Sprint(strings.TrimSuffix(l.Files[0].Name, ".deb"), " ", l.Files[0].SHA256))
		}
		return err
	})
	return names
}

func TestOneRuleDecidesBetweenPackagesOfOneIdentity(t *testing.T) {
	t.Parallel()
	replace, unordered := intake.Rule{Replace: true}, intake.Rule{Unordered: true}
	both := intake.Rule{Replace: true, Unordered: true}
	for name, c := range map[string]struct {
		rule                      intake.Rule
		there, come               []string
		want                      string // what the repo lists
		failed, replaced, refused int
	}{
		"a new one":                                  {come: []string{"a x"}, want: "a x"},
		"the same again":                             {there: []string{"a x"}, come: []string{"a x"}, want: "a x"},
		"under another name":                         {there: []string{"a x"}, come: []string{"b x"}, want: "b x"},
		"under an earlier name":                      {there: []string{"a x", "b x"}, come: []string{"a x"}, want: "a x"},
		"other content":                              {there: []string{"a x"}, come: []string{"a y"}, want: "a x", failed: 1, refused: 1},
		"other content, twice":                       {there: []string{"a x"}, come: []string{"a y", "b y"}, want: "a x", failed: 2, refused: 1},
		"other content that replaces":                {replace, []string{"a x"}, []string{"a y"}, "a y", 0, 1, 0},
		"the first counts":                           {come: []string{"a x", "b y", "c z"}, want: "a x", failed: 2},
		"the last replaces all":                      {replace, []string{"a y"}, []string{"a x", "a y", "a z"}, "a z", 0, 2, 0},
		"one that is there replaces one before it":   {replace, []string{"a y"}, []string{"b x", "a y"}, "a y", 0, 1, 0},
		"unordered, a new one":                       {rule: unordered, come: []string{"a x"}, want: "a x"},
		"unordered, under another name":              {rule: unordered, there: []string{"a x"}, come: []string{"b x"}, want: "b x"},
		"unordered, other content":                   {rule: unordered, there: []string{"a x"}, come: []string{"a y"}, want: "a x", failed: 1, refused: 1},
		"unordered, other content that replaces":     {both, []string{"a x"}, []string{"a y"}, "a y", 0, 1, 0},
		"unordered, what is there and what replaces": {both, []string{"a x"}, []string{"a y", "a x"}, "a y", 0, 1, 0},
		"unordered, two new ones":                    {both, []string{"a x"}, []string{"a y", "a z"}, "a x", 2, 0, 1},
		"unordered, one under two names":             {rule: unordered, come: []string{"a x", "b x"}, failed: 2, refused: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(b *bench) {
				b.arrive(replace, c.there...)
				_, failed, s := b.arrive(c.rule, c.come...)
				var want []string
				if name, content, some := strings.Cut(c.want, " "); some {
					want = append(want, fmt.Sprint(name, " ", b.deb(name, content).SHA256))
				}
				if got := b.listed(); !slices.Equal(got, want) {
					b.Errorf("the repo lists %q, not %q", got, c.want)
				}
				if len(failed) != c.failed || len(s.Replaced) != c.replaced || len(s.Refused) != c.refused {
					b.Errorf("%d failed, %d replaced, %d refused: %+v, %+v", len(failed), len(s.Replaced), len(s.Refused), failed, s)
				}
			})
		})
	}
}

func TestFilesFailAloneAndInTheirOrder(t *testing.T) {
	t.Parallel()
	run(t, func(b *bench) {
		broken := b.deb("good", "x")
		broken.Name = "broken.dsc"
		var names []string
		for i := range 40 {
			names = append(names, fmt.Sprintf("in/%02d.deb", i))
		}
		names = append(names, "in/broken.dsc", "in/none.deb", "in/server.deb")
		from := intake.Source{Component: "main", Fetch: func(_ context.Context, name string) (catalog.File, error) {
			switch name {
			case "in/broken.dsc":
				return broken, nil
			case "in/none.deb":
				return catalog.File{}, problem.New(problem.NotFound, "gone")
			case "in/server.deb":
				return catalog.File{}, io.ErrClosedPipe
			}
			return b.deb("good", "x"), nil
		}}
		arrivals := b.Arrivals(intake.Rule{})
		if err := arrivals.Take(b.Context(), names[:42], from); err != nil {
			b.Fatal(err)
		}
		taken, failed := arrivals.Outcome(intake.Settlement{})
		for i, a := range taken {
			if a.Name != names[i] {
				b.Errorf("%s is in the place of %s", a.Name, names[i])
			}
		}
		if len(taken) != 40 || len(failed) != 2 || failed[0].Reason != intake.Unreadable || failed[1].Reason != intake.NotStored {
			b.Errorf("%d were taken; failed %+v", len(taken), failed)
		}
		if err := arrivals.Take(b.Context(), names, from); err != io.ErrClosedPipe {
			b.Errorf("a fault of the server is %v", err)
		}
	})
}
