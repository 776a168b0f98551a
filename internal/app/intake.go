package app

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/problem"
)

// intake reads files that come one after the other into the pool and the catalog.
type intake struct {
	packageReader
	packages interning
	stored   map[string]catalog.File // every file, by its name
	lists    []list                  // .dsc and .changes, to be looked at when all files are here
}

// list is a text file that names other files.
type list struct {
	name string
	text []byte
}

// take stores one file and reads what it is.
func (in *intake) take(ctx context.Context, f Upload) error {
	name := path.Base(f.Name)
	if err := catalog.CheckFileName(name); err != nil {
		return problem.New(problem.Invalid, "%w", err).In(f.Name)
	}
	if _, twice := in.stored[name]; twice {
		return problem.New(problem.Invalid, "the file is given twice").In(name)
	}
	stored, err := in.store(ctx, name, f.Body)
	if err != nil {
		return inFile(name, err)
	}
	in.stored[name] = stored
	switch path.Ext(name) {
	case ".deb", ".udeb", ".ddeb":
		e, err := in.binary(ctx, stored)
		if err != nil {
			return inFile(name, err)
		}
		return in.packages.add(ctx, e)
	case ".dsc", ".changes":
		text, err := in.list(ctx, stored)
		if err != nil {
			return inFile(name, err)
		}
		in.lists = append(in.lists, list{name, text})
	}
	return nil
}

// inFile says which file an error is about.
func inFile(name string, err error) error {
	return problem.New(kindOr(err, problem.Invalid), "%w", err).In(name)
}

// kindOr gives the kind of an error that has one.
func kindOr(err error, kind problem.Kind) problem.Kind {
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		return p.Kind
	}
	return kind
}

// finish looks at the lists, when every file has come, and interns the rest.
func (in *intake) finish(ctx context.Context) error {
	used := map[string]bool{}
	for _, l := range in.lists {
		if strings.HasSuffix(l.name, ".changes") {
			if err := in.changes(l, used); err != nil {
				return inFile(l.name, err)
			}
		}
	}
	for _, l := range in.lists {
		if strings.HasSuffix(l.name, ".dsc") {
			if err := in.dsc(ctx, l, used); err != nil {
				return inFile(l.name, err)
			}
		}
	}
	for name := range in.stored {
		switch path.Ext(name) {
		case ".deb", ".udeb", ".ddeb", ".dsc", ".changes", ".buildinfo":
		default:
			if !used[name] {
				return problem.New(problem.Invalid, "is not a package, and no .dsc or .changes file lists it").In(name).
					WithHint("packages end in .deb, .udeb or .ddeb; sources come with their .dsc file")
			}
		}
	}
	return in.packages.flush(ctx)
}

// changes checks that all that a .changes file lists has come as it says.
func (in *intake) changes(l list, used map[string]bool) error {
	text, err := plain(l.text)
	if err != nil {
		return err
	}
	c, err := debfile.ReadChanges(text)
	if err != nil {
		return err
	}
	for _, want := range c.Files {
		f, here := in.stored[want.Name]
		if !here {
			return didNotCome(want.Name)
		}
		if err := matches(f, want); err != nil {
			return err
		}
		used[want.Name] = true
	}
	return nil
}

func didNotCome(name string) error {
	return problem.New(problem.Invalid, "lists %s, which did not come along", name).WithHint("add it in the same call")
}

// dsc reads a .dsc file. Its parts came along, or are in the pool.
func (in *intake) dsc(ctx context.Context, l list, used map[string]bool) error {
	e, err := in.source(in.stored[l.name], l.text, func(want debfile.ListedFile) (catalog.File, error) {
		used[want.Name] = true
		if f, here := in.stored[want.Name]; here {
			return f, matches(f, want)
		}
		if f, known := in.earlier(ctx, want); known {
			return f, nil
		}
		return catalog.File{}, didNotCome(want.Name)
	})
	if err != nil {
		return err
	}
	return in.packages.add(ctx, e)
}
