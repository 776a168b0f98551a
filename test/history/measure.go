package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// measure makes the history and takes its figures.
func measure(ctx context.Context, s settings) (f figures, err error) {
	f.settings = s
	ctx = usecase.AsProcess(ctx)
	dir, err := newFolder(s.dir)
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(filepath.Dir(dir))
	x, err := openSubject(ctx, dir, s)
	if x != nil {
		defer func() { err = errors.Join(err, x.server.Close()) }()
	}
	if err != nil {
		return f, err
	}
	first := x.suite.Head
	if err := f.grow(ctx, x); err != nil {
		return f, err
	}
	if err := f.lookBack(ctx, x, first); err != nil || s.releases == 0 {
		return f, err
	}
	if err := f.publish(ctx, x); err != nil {
		return f, err
	}
	return f, f.check(ctx, x)
}

// grow makes the revisions.
func (f *figures) grow(ctx context.Context, x *subject) error {
	before, err := look(ctx, x.server.Parts().DB, x.dir)
	if err != nil {
		return err
	}
	began := time.Now()
	for range f.settings.revisions {
		if err := x.change(ctx); err != nil {
			return err
		}
	}
	fmt.Fprintf(f.say, "%d revisions in %s\n", f.settings.revisions, time.Since(began).Round(time.Second))
	after, err := look(ctx, x.server.Parts().DB, x.dir)
	f.revisions = after.since(before, f.settings.revisions)
	return err
}

// lookBack opens revisions and compares the first with the last.
func (f *figures) lookBack(ctx context.Context, x *subject, first int64) error {
	step := 1
	if f.opened > 0 {
		step = max(f.settings.revisions/f.opened, 1)
	}
	var times []time.Duration
	for number := first; number <= first+int64(f.settings.revisions); number += int64(step) {
		took, err := x.openRevision(ctx, number, f.packages)
		if err != nil {
			return err
		}
		times = append(times, took)
	}
	slices.Sort(times)
	f.openMiddle, f.open = times[len(times)/2], times[len(times)-1]
	if err := x.reopen(ctx); err != nil {
		return err
	}
	var err error
	if f.diff, f.differences, err = x.compare(ctx, first); err != nil {
		return err
	}
	f.diffAgain, _, err = x.compare(ctx, first)
	return err
}

// openRevision reads which packages a revision has, with a catalog that has read
// nothing yet.
func (x *subject) openRevision(ctx context.Context, number int64, packages int) (took time.Duration, err error) {
	began := time.Now()
	err = x.server.Parts().DB.Read(ctx, func(tx *db.Tx) error {
		set, err := catalog.New().Set(ctx, tx, catalog.View{Collection: x.suite.ID, Revision: number})
		if err == nil && set.Len() != packages {
			err = fmt.Errorf("revision %d has %d packages, not %d", number, set.Len(), packages)
		}
		return err
	})
	return time.Since(began), err
}

// compare compares a revision with the newest.
func (x *subject) compare(ctx context.Context, number int64) (took time.Duration, differences int, err error) {
	var before int64
	err = x.server.Parts().DB.Read(ctx, func(tx *db.Tx) error {
		log, err := x.catalog.Log(ctx, tx, x.suite.ID, number+1, 1)
		if err == nil {
			before = log[0].At
		}
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	changes, err := x.app.Collections.Diff(ctx, collections.Ref{Kind: catalog.Mirror, Name: mirrorName, At: before}, collections.Ref{Kind: catalog.Mirror, Name: mirrorName})
	if want := min(x.changes, len(x.members)); err == nil && len(changes) == 0 {
		err = fmt.Errorf("there is no difference, though %d packages changed", want)
	}
	return time.Since(began), len(changes), err
}
