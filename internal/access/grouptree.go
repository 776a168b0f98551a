package access

import (
	"maps"
	"slices"
)

// groupTree knows which access groups are right below each one.
type groupTree map[string][]string

// newGroupTree makes the tree of groups.
func newGroupTree(groups []Group) groupTree {
	t := groupTree{}
	for _, g := range groups {
		if g.Name != RootGroup {
			t[g.Parent] = append(t[g.Parent], g.Name)
		}
	}
	for _, names := range t {
		slices.Sort(names)
	}
	return t
}

// reach returns the groups and all below them, sorted; the root alone where it is one of
// them, since it stands for all.
func (t groupTree) reach(names ...string) []string {
	if slices.Contains(names, RootGroup) {
		return []string{RootGroup}
	}
	reached := map[string]bool{}
	for next := slices.Clone(names); len(next) > 0; {
		name := next[len(next)-1]
		next = next[:len(next)-1]
		if !reached[name] {
			reached[name] = true
			next = append(next, t[name]...)
		}
	}
	return slices.Sorted(maps.Keys(reached))
}
