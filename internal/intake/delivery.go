package intake

import (
	"context"
	"errors"
	"io"
	"path"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/problem"
)

// Delivery takes files that come one after the other, in any order: all of them, or none.
// Packages come with the files that their .dsc files list, unless these are in the pool;
// what a .changes file lists must have come too.
type Delivery struct {
	*Arrivals
	component string
	files     map[string]catalog.File // all, by name
	used      map[string]bool         // those that a list names
	lists     []string                // .dsc and .changes files
}

// Delivery returns one of packages that a component lists. Its arrivals have no order.
func (in *Intake) Delivery(component string, replace bool) *Delivery {
	return &Delivery{
		Arrivals: in.Arrivals(Rule{Replace: replace, Unordered: true}), component: component,
		files: map[string]catalog.File{}, used: map[string]bool{},
	}
}

// Len is the number of files that came.
func (d *Delivery) Len() int { return len(d.files) }

// Take stores one file and reads what it is. An error names the file.
func (d *Delivery) Take(ctx context.Context, given string, body io.Reader) error {
	name := path.Base(given)
	if err := catalog.CheckFileName(name); err != nil {
		return problem.New(problem.Invalid, "%w", err).In(given)
	}
	if _, twice := d.files[name]; twice {
		return problem.New(problem.Invalid, "the file is given twice").In(name)
	}
	f, err := d.in.Store(ctx, name, body)
	if err != nil {
		return inFile(name, err)
	}
	d.files[name] = f
	switch ext := path.Ext(name); {
	case ext == ".dsc" || ext == ".changes":
		d.lists = append(d.lists, name)
	case IsPackage(name):
		return inFile(name, d.add(ctx, name))
	}
	return nil
}

// inFile says which file an error is about.
func inFile(name string, err error) error {
	if err == nil {
		return nil
	}
	kind := problem.Invalid
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		kind = p.Kind
	}
	return problem.New(kind, "%w", err).In(name)
}

// add reads a package.
func (d *Delivery) add(ctx context.Context, name string) error {
	e, err := d.in.Package(ctx, d.files[name], d.component, FirstOf(didNotCome, d.among, d.in.InPool))
	if err != nil {
		return err
	}
	return d.Add(ctx, name, e)
}

// among looks among the files that came, and notes that a list names it.
func (d *Delivery) among(ctx context.Context, want debfile.ListedFile) (catalog.File, bool, error) {
	d.used[want.Name] = true
	return Among(d.files)(ctx, want)
}

func didNotCome(name string) error {
	return problem.New(problem.Invalid, "lists %s, which did not come along", name).WithHint("add it in the same call")
}

// Finish reads the lists, when every file has come, and makes the arrivals ready.
func (d *Delivery) Finish(ctx context.Context) error {
	for _, list := range []struct {
		ext  string
		read func(context.Context, string) error
	}{{".changes", d.changes}, {".dsc", d.add}} {
		for _, name := range d.lists {
			if path.Ext(name) != list.ext {
				continue
			}
			if err := list.read(ctx, name); err != nil {
				return inFile(name, err)
			}
		}
	}
	for name := range d.files {
		if ext := path.Ext(name); !IsPackage(name) && ext != ".changes" && ext != ".buildinfo" && !d.used[name] {
			return problem.New(problem.Invalid, "is not a package, and no .dsc or .changes file lists it").In(name).
				WithHint("packages end in .deb, .udeb or .ddeb; sources come with their .dsc file")
		}
	}
	return d.Ready(ctx)
}

// changes checks that all that a .changes file lists has come as it says.
func (d *Delivery) changes(ctx context.Context, name string) error {
	b, err := d.in.Pool.Open(ctx, d.files[name].SHA256)
	if err != nil {
		return err
	}
	defer b.Close()
	text, err := readPlain(b)
	if err != nil {
		return err
	}
	c, err := debfile.ReadChanges(text)
	if err != nil {
		return err
	}
	parts := FirstOf(didNotCome, d.among)
	for _, want := range c.Files {
		if _, err := parts(ctx, want); err != nil {
			return err
		}
	}
	return nil
}
