package access

import (
	"maps"
	"slices"
)

// groupTree maps each access group to the groups directly below it.
type groupTree map[string][]string

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

// reach returns the groups and all below them, sorted. If the root is one of them, it returns
// only the root, which stands for all.
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
