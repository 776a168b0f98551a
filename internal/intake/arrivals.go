package intake

import (
	"context"
	"path"
	"slices"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Arrival is a package to list.
type Arrival struct {
	Name          string // of its file, from the caller
	catalog.Entry        // without its stanza: there may be many
	key           digest.SHA256
}

// Arrivals are packages to list in one collection, by one revision. They are not safe for
// concurrent use.
type Arrivals struct {
	in      *Intake
	rule    Rule
	all     []Arrival
	failed  []Failure
	last    map[catalog.Identity]Arrival // the winner so far
	pending []catalog.Entry              // to intern
	members bitset.Set
}

// Arrivals returns empty arrivals under a rule.
func (in *Intake) Arrivals(rule Rule) *Arrivals {
	return &Arrivals{in: in, rule: rule, last: map[catalog.Identity]Arrival{}}
}

// internEvery bounds the packages in memory.
const internEvery = 1000

// Add adds the package of a file. A package that the rule refuses after an earlier one is a
// [Failure], not an error.
func (a *Arrivals) Add(ctx context.Context, name string, e catalog.Entry) error {
	t := Arrival{Name: name, Entry: e, key: e.Key()}
	t.Stanza = nil
	id := e.Identity()
	if other, twice := a.last[id]; twice && !a.rule.admits(other, t) {
		a.failed = append(a.failed, Failure{Name: name, Reason: Different, Package: t.Entry})
		return nil
	}
	a.last[id], a.all, a.pending = t, append(a.all, t), append(a.pending, e)
	if len(a.pending) < internEvery {
		return nil
	}
	return a.intern(ctx)
}

func (a *Arrivals) intern(ctx context.Context) error {
	set, err := a.in.Intern(ctx, a.pending)
	if err != nil {
		return err
	}
	a.members, a.pending = a.members.Union(set), slices.Delete(a.pending, 0, len(a.pending))
	return nil
}

// Ready interns all arrivals and flushes the pool. Call it before the transaction that calls
// Settle.
func (a *Arrivals) Ready(ctx context.Context) error {
	if err := a.intern(ctx); err != nil {
		return err
	}
	return a.in.Pool.Flush(ctx)
}

// IsEmpty reports whether no package arrived.
func (a *Arrivals) IsEmpty() bool { return len(a.all) == 0 }

// Source reads the files of packages.
type Source struct {
	Component string // that lists the packages
	// Fetch copies a file into the pool, by its path; it is called concurrently. NotFound means a
	// missing file.
	Fetch func(ctx context.Context, name string) (catalog.File, error)
	// Accepts reports whether to accept a package; nil accepts all.
	Accepts func(catalog.Entry) bool
}

// atOnce is the number of files read at a time.
const atOnce = 4

// Take adds the packages of files, in their order. Parts of a source are beside the .dsc file or in
// the pool. A wrong file is a [Failure] and does not affect others; an error is about no single
// file.
func (a *Arrivals) Take(ctx context.Context, names []string, from Source) error {
	type read struct {
		catalog.Entry
		failed Failure
	}
	work := func(ctx context.Context, name string) (r read) {
		r.Entry, r.failed = a.read(ctx, name, from)
		return r
	}
	for name, r := range inOrder(ctx, names, atOnce, work) {
		switch {
		case r.failed.Reason == "":
			if err := a.Add(ctx, name, r.Entry); err != nil {
				return err
			}
		case r.failed.Err == nil || IsOfFile(r.failed.Err):
			a.failed = append(a.failed, r.failed)
		default:
			return r.failed.Err
		}
	}
	return ctx.Err()
}

// read reads a file. It is safe for concurrent use.
func (a *Arrivals) read(ctx context.Context, name string, from Source) (catalog.Entry, Failure) {
	f, err := from.Fetch(ctx, name)
	if err != nil {
		return catalog.Entry{}, Failure{Name: name, Reason: NotStored, Err: err}
	}
	e, err := a.in.Package(ctx, f, from.Component, FirstOf(notUploaded, beside(name, from), a.in.InPool))
	switch {
	case err != nil:
		return e, Failure{Name: name, Reason: Unreadable, Err: err}
	case from.Accepts != nil && !from.Accepts(e):
		return e, Failure{Name: name, Reason: Unwanted, Package: e}
	}
	return e, Failure{}
}

// beside returns the lookup of a source's parts in the directory of its .dsc file.
func beside(dsc string, from Source) Lookup {
	return func(ctx context.Context, want debfile.ListedFile) (catalog.File, bool, error) {
		f, err := from.Fetch(ctx, path.Join(path.Dir(dsc), want.Name))
		if problem.Is(err, problem.NotFound) {
			return f, false, nil
		}
		return f, err == nil, err
	}
}

func notUploaded(name string) error {
	return problem.New(problem.Invalid, "lists %s, which was not uploaded", name).WithHint("upload it beside the .dsc file")
}

// Reason is the reason for refusing a file.
type Reason string

// The reasons of failures.
const (
	NotStored  Reason = "not stored" // it could not be copied into the pool
	Unreadable Reason = "unreadable" // it is not a package, or its parts are missing
	Unwanted   Reason = "unwanted"   // the source does not accept its package
	Different  Reason = "different"  // the same package exists with other content
)

// Failure is a refused file.
type Failure struct {
	Name    string
	Reason  Reason
	Package catalog.Entry // of an unwanted or different one; zero for others
	Err     error         // of a file that was not stored or is unreadable
}

// IsOfFile reports whether an error is about a file, which then fails alone, and not about
// the server.
func IsOfFile(err error) bool {
	switch problem.KindOf(err) {
	case problem.Invalid, problem.TooLarge, problem.Untrusted, problem.NotFound, problem.Conflict, problem.Denied:
		return true
	}
	return false
}
