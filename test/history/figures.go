package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// limits are what a figure may be at most.
type limits struct {
	revisionBytes int64         // of the database, for each revision
	open          time.Duration // of any revision
	diff          time.Duration // of the first and the last revision
	releaseBytes  int64         // of database and pool together, for each release
}

// targets are those for a suite of 60,000 packages.
var targets = limits{revisionBytes: 4 << 10, open: 100 * time.Millisecond, diff: time.Second, releaseBytes: 100_000}

// figures are what was measured.
type figures struct {
	settings
	revisions, releases growth
	openMiddle, open    time.Duration // the median, and the longest
	diff, diffAgain     time.Duration // with nothing in memory, and again
	differences         int
	published           time.Duration // all releases together
	inReleases, indexes int           // that were read as they were
}

// growth is what the data folder grew by.
type growth struct {
	steps    int
	database int64            // bytes
	tables   map[string]int64 // bytes of it, of each table and index
	pool     int64            // bytes
	blobs    int64            // files
}

func (g growth) each(bytes int64) int64 { return bytes / int64(max(g.steps, 1)) }

func (g growth) print(out io.Writer, what string) {
	fmt.Fprintf(out, "%d %ss: database %+d bytes each, pool %+d bytes each in %.1f blobs\n", g.steps, what, g.each(g.database), g.each(g.pool),
		float64(g.blobs)/float64(max(g.steps, 1)))
	names := slices.SortedFunc(maps.Keys(g.tables), func(a, b string) int { return int(g.tables[b] - g.tables[a]) })
	for _, name := range names {
		if each := g.each(g.tables[name]); each > 0 {
			fmt.Fprintf(out, "  %-40s %7d\n", name, each)
		}
	}
}

func (f figures) print(out io.Writer) {
	fmt.Fprintf(out, "a suite of %d packages\n", f.packages)
	f.revisions.print(out, "revision")
	fmt.Fprintf(out, "opening a revision with nothing in memory: median %s, longest %s\n", f.openMiddle, f.open)
	fmt.Fprintf(out, "comparing the first with the last: %s with nothing in memory, then %s; %d differences\n", f.diff, f.diffAgain, f.differences)
	if f.releases.steps == 0 {
		return
	}
	f.releases.print(out, "release")
	fmt.Fprintf(out, "a release took %s\n", f.published/time.Duration(f.releases.steps))
	fmt.Fprintf(out, "read as they were: %d InRelease files, %d whole indexes that they list\n", f.inReleases, f.indexes)
}

// missed returns an error for each exceeded limit.
func (f figures) missed(l limits) error {
	var all []error
	miss := func(bad bool, format string, args ...any) {
		if bad {
			all = append(all, fmt.Errorf("MISSED: "+format, args...))
		}
	}
	each := f.revisions.each(f.revisions.database)
	miss(each > l.revisionBytes, "the database grows by %d bytes for a revision, not %d at most", each, l.revisionBytes)
	miss(f.open > l.open, "a revision is opened in %s, not %s at most", f.open, l.open)
	miss(f.diff > l.diff, "the first and the last revision are compared in %s, not %s at most", f.diff, l.diff)
	each = f.releases.each(f.releases.database + f.releases.pool)
	miss(each > l.releaseBytes, "database and pool grow by %d bytes for a release, not %d at most", each, l.releaseBytes)
	return errors.Join(all...)
}
