package imports

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"golang.org/x/sync/errgroup"
)

// memoKey is a package of the other program, with the components in which it may be listed.
type memoKey struct{ key, components string }

func (c *foreignCollection) memoKey(key string) memoKey {
	return memoKey{key, strings.Join(c.components, " ")}
}

// recall notes the members that packages of a collection became, so that they are not read
// again.
func (im *importing) recall(ctx context.Context, c *foreignCollection, members bitset.Set) error {
	list, err := usecase.View(ctx, im.k, func(tx *db.Tx) ([]catalog.Summary, error) {
		return im.k.Catalog.Summaries(ctx, tx, members)
	})
	for _, s := range list {
		im.memo[c.memoKey(im.foreign.packages.keyOf(s))] = s.Member
	}
	return err
}

// unknown returns the number of packages that have no member here.
func (im *importing) unknown(c *foreignCollection, keys []string) (n int) {
	for _, key := range keys {
		if _, known := im.memo[c.memoKey(key)]; !known {
			n++
		}
	}
	return n
}

// importBatch is how many packages are read at once.
const importBatch = 500

// maxPackageWarnings bounds the warnings about packages of one collection.
const maxPackageWarnings = 20

// members returns the members of a collection's packages. It warns of packages that it
// cannot read, and leaves them out.
func (im *importing) members(ctx context.Context, c *foreignCollection, keys []string) (bitset.Set, error) {
	var set bitset.Builder
	var fresh []string
	for _, key := range keys {
		if member, known := im.memo[c.memoKey(key)]; known {
			set.Add(member)
		} else {
			fresh = append(fresh, key)
		}
	}
	whole, left, done := set.Set(), 0, len(keys)-len(fresh)
	for part := range slices.Chunk(fresh, importBatch) {
		im.run.Progress(activity.Progress{Phase: "read " + c.as.Ref(), Done: int64(done), Total: int64(len(keys))})
		members, err := im.readAll(ctx, c, part, &left)
		if err != nil {
			return bitset.Set{}, err
		}
		whole = whole.Union(members)
		done += len(part)
	}
	if left > maxPackageWarnings {
		im.warn("%s: %d more packages are left out", c.as.Ref(), left-maxPackageWarnings)
	}
	return whole, nil
}

func (im *importing) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	im.run.Log(text)
	im.summary.Warnings = append(im.summary.Warnings, text)
}

// readAll reads and interns a batch of packages, several at a time.
func (im *importing) readAll(ctx context.Context, c *foreignCollection, keys []string, left *int) (bitset.Set, error) {
	read, faults := make([][]catalog.Entry, len(keys)), make([]error, len(keys))
	workers, each := errgroup.WithContext(ctx)
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for i, key := range keys {
		workers.Go(func() error {
			read[i], faults[i] = im.foreign.packages.read(each, key, c.components)
			if problem.Is(faults[i], problem.Full) || each.Err() != nil {
				return cmp.Or(faults[i], each.Err()) // it does not concern this package
			}
			return nil
		})
	}
	if err := workers.Wait(); err != nil {
		return bitset.Set{}, err
	}
	for i, err := range faults {
		if err == nil {
			continue
		}
		if *left++; *left <= maxPackageWarnings {
			im.warn("%s: %s is left out: %v", c.as.Ref(), keys[i], err)
		}
	}
	set, err := im.intake.Intern(ctx, slices.Concat(read...))
	if err != nil {
		return bitset.Set{}, err
	}
	return set, im.recall(ctx, c, set)
}

// componentFor returns the component of a package for which the other program states none:
// the area of its section (Debian policy 2.4) if the collection has that component; else
// main, or the first component.
func componentFor(section string, components []string) string {
	area, _, divided := strings.Cut(section, "/")
	switch {
	case divided && slices.Contains(components, area):
		return area
	case len(components) == 0 || slices.Contains(components, "main"):
		return "main"
	}
	return components[0]
}
