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

// Delivery accepts files one after the other, in any order: all, or none. It must contain the files
// that its .dsc files list, unless the pool has them, and all files that its .changes files list.
type Delivery struct {
	*Arrivals
	component string
	files     map[string]catalog.File // all, by name
	used      map[string]bool         // the files that a list names
	lists     []string                // .dsc and .changes files
}

// Delivery returns an empty delivery of packages for a component. Its arrivals have no order.
func (in *Intake) Delivery(component string, replace bool) *Delivery {
	return &Delivery{
		Arrivals: in.Arrivals(Rule{Replace: replace, Unordered: true}), component: component,
		files: map[string]catalog.File{}, used: map[string]bool{},
	}
}

// Len returns the number of stored files.
func (d *Delivery) Len() int { return len(d.files) }

// Take stores and reads one file. An error names the file.
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

// among returns the lookup among the stored files, which records the names that lists use.
func (d *Delivery) among(ctx context.Context, want debfile.ListedFile) (catalog.File, bool, error) {
	d.used[want.Name] = true
	return Among(d.files)(ctx, want)
}

func didNotCome(name string) error {
	return problem.New(problem.Invalid, "lists %s, which did not come along", name).WithHint("add it in the same call")
}

// Finish reads the lists and makes the arrivals ready. Call it after the last file.
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

// changes checks the stored files against a .changes file.
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
