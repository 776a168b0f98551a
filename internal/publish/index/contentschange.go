package index

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sort"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// contentsChange is a location that is added to a path, or removed from it.
type contentsChange struct {
	path, location string
	goes           bool
}

// maxContentsChanges bounds the changes in memory, at some 200 bytes each.
const maxContentsChanges = 1 << 16

// compare returns what differs between the texts of two sets, sorted by path. It
// reads the lists of the members that one set has and the other has not, and of
// those that share a location with them: other versions of the same packages.
func (t *contents) compare(ctx context.Context, tx *db.Tx, was, now bitset.Set) (changes []contentsChange, err error) {
	differ := now.Minus(was).Union(was.Minus(now))
	groups, err := t.sharers(ctx, tx, differ, was.Union(now))
	if err != nil {
		return nil, err
	}
	for location, members := range groups {
		comes, goes, err := t.compareLocation(ctx, tx, members.Intersect(differ), members.Minus(differ), now)
		if err != nil {
			return nil, err
		}
		for _, p := range comes {
			changes = append(changes, contentsChange{strings.Clone(p), location, false})
		}
		for _, p := range goes {
			changes = append(changes, contentsChange{strings.Clone(p), location, true})
		}
		if len(changes) > maxContentsChanges {
			return nil, errFromNothing
		}
	}
	slices.SortFunc(changes, func(a, b contentsChange) int {
		return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.location, b.location))
	})
	return changes, nil
}

// sharers gives, by location, the members of a set that have the locations of
// some of them.
func (t *contents) sharers(ctx context.Context, tx *db.Tx, some, set bitset.Set) (map[string]bitset.Set, error) {
	list, err := t.catalog.Positions(ctx, tx, some)
	if err != nil {
		return nil, err
	}
	builders := map[string]*bitset.Builder{}
	names := make([]string, len(list))
	for i, l := range list {
		builders[contentsLocation(l.Section, l.Position.Name)] = new(bitset.Builder)
		names[i] = l.Position.Name
	}
	slices.Sort(names)
	namesakes, err := t.catalog.Namesakes(ctx, tx, t.kind, slices.Compact(names), set)
	if err != nil {
		return nil, err
	}
	for _, l := range namesakes {
		if b := builders[contentsLocation(l.Section, l.Position.Name)]; b != nil {
			b.Add(l.Member)
		}
	}
	groups := make(map[string]bitset.Set, len(builders))
	for location, b := range builders {
		groups[location] = b.Set()
	}
	return groups, nil
}

// compareLocation returns the paths that come to a location and that go from it.
// Some of its members differ, which are new if they are in the set; the others
// stay. It holds the lists of those that differ, and one more.
func (t *contents) compareLocation(ctx context.Context, tx *db.Tx, differ, stay, now bitset.Set) (comes, goes []string, err error) {
	var added, removed []string
	for m, err := range t.catalog.FileLists(ctx, tx, differ) {
		if err != nil {
			return nil, nil, err
		}
		paths, err := m.Files.Paths()
		if err != nil {
			return nil, nil, err
		}
		if now.Contains(m.Member) {
			added = unionSorted(added, paths)
		} else {
			removed = unionSorted(removed, paths)
		}
		if len(added)+len(removed) > 4*maxContentsChanges {
			return nil, nil, errFromNothing
		}
	}
	comes, goes = withoutSorted(added, removed), withoutSorted(removed, added)
	for m, err := range t.catalog.FileLists(ctx, tx, stay) {
		if err != nil {
			return nil, nil, err
		}
		if len(comes)+len(goes) == 0 {
			break
		}
		paths, err := m.Files.Paths()
		if err != nil {
			return nil, nil, err
		}
		comes, goes = withoutSorted(comes, paths), withoutSorted(goes, paths)
	}
	return comes, goes, nil
}

// unionSorted joins two sorted lists without repetitions into one.
func unionSorted(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 {
		return append(a, b...)
	}
	return slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, list := range [...][]string{a, b} {
			for _, s := range list {
				if !yield(s) {
					return
				}
			}
		}
	}))
}

// withoutSorted returns what one sorted list has and another has not.
func withoutSorted(list, other []string) (rest []string) {
	for _, s := range list {
		for len(other) > 0 && other[0] < s {
			other = other[1:]
		}
		if len(other) == 0 || other[0] != s {
			rest = append(rest, s)
		}
	}
	return rest
}

// update writes a stretch as the old text with the changes in it.
func (t *contents) update(ctx context.Context, s stretch, cut *contentsCutter) error {
	changes := t.between(s.from, s.to)
	for text, err := range s.old(ctx) {
		if err != nil {
			return err
		}
		for line := range bytes.Lines(text) {
			path, locations := cutContentsLine(line)
			for len(changes) > 0 && changes[0].path < string(path) {
				if changes, err = writeChanged(cut, nil, changes); err != nil {
					return err
				}
			}
			if len(changes) > 0 && changes[0].path == string(path) {
				changes, err = writeChanged(cut, locations, changes)
			} else {
				err = cut.line(string(path), locations)
			}
			if err != nil {
				return err
			}
		}
	}
	for len(changes) > 0 {
		var err error
		if changes, err = writeChanged(cut, nil, changes); err != nil {
			return err
		}
	}
	return nil
}

func (t *contents) between(from, to *catalog.Position) []contentsChange {
	find := func(at catalog.Position) int {
		return sort.Search(len(t.changes), func(i int) bool { return t.changes[i].path >= at.Name })
	}
	begin, end := 0, len(t.changes)
	if from != nil {
		begin = find(*from)
	}
	if to != nil {
		end = find(*to)
	}
	return t.changes[begin:end]
}

// writeChanged writes the line of the first path that changes, whose old
// locations are given, and gives the changes of the paths behind it.
func writeChanged(cut *contentsCutter, old []byte, changes []contentsChange) ([]contentsChange, error) {
	var locations []string
	if len(old) > 0 {
		locations = strings.Split(string(old), ",")
	}
	path := changes[0].path
	for len(changes) > 0 && changes[0].path == path {
		c := changes[0]
		i, there := slices.BinarySearch(locations, c.location)
		switch {
		case there && c.goes:
			locations = slices.Delete(locations, i, i+1)
		case !there && !c.goes:
			locations = slices.Insert(locations, i, c.location)
		}
		changes = changes[1:]
	}
	if len(locations) == 0 {
		return changes, nil
	}
	return changes, cut.line(path, []byte(strings.Join(locations, ",")))
}
