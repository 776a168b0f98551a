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

// memoKey is a package of the other program, and where it may be listed.
type memoKey struct{ key, components string }

func (c *foreignCollection) memoKey(key string) memoKey {
	return memoKey{key, strings.Join(c.components, " ")}
}

// recall notes which members stand for packages of a collection, so that these are not
// read again.
func (im *importing) recall(ctx context.Context, c *foreignCollection, members bitset.Set) error {
	list, err := usecase.View(ctx, im.app.k, func(tx *db.Tx) ([]catalog.Summary, error) {
		return im.app.k.Catalog.Summaries(ctx, tx, members)
	})
	for _, s := range list {
		im.memo[c.memoKey(im.foreign.packages.keyOf(s))] = s.Member
	}
	return err
}

// unknown counts the packages that have not been seen here.
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

// maxPackageWarnings bounds how many packages of a collection are told one by one
// that could not be taken.
const maxPackageWarnings = 20

// members gives a collection's packages as members of ours. Those that cannot be
// taken are told, and left out.
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
		taken, err := im.takeAll(ctx, c, part, &left)
		if err != nil {
			return bitset.Set{}, err
		}
		whole = whole.Union(taken)
		done += len(part)
	}
	if left > maxPackageWarnings {
		im.warn("%s: %d packages more could not be taken", c.as.Ref(), left-maxPackageWarnings)
	}
	return whole, nil
}

func (im *importing) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	im.run.Log(text)
	im.summary.Warnings = append(im.summary.Warnings, text)
}

// takeAll takes a batch of packages, several at a time, and interns them.
func (im *importing) takeAll(ctx context.Context, c *foreignCollection, keys []string, left *int) (bitset.Set, error) {
	taken, faults := make([][]catalog.Entry, len(keys)), make([]error, len(keys))
	workers, each := errgroup.WithContext(ctx)
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for i, key := range keys {
		workers.Go(func() error {
			taken[i], faults[i] = im.foreign.packages.take(each, key, c.components)
			if problem.Is(faults[i], problem.Full) || each.Err() != nil {
				return cmp.Or(faults[i], each.Err()) // it is not about this package
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
	set, err := im.app.intake.Intern(ctx, slices.Concat(taken...))
	if err != nil {
		return bitset.Set{}, err
	}
	return set, im.recall(ctx, c, set)
}

// componentFor says where a package is listed that the other program knows no
// component of: where its section says (Debian policy 2.4), if that is one of the
// collection's; else in main, or the first there is.
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
