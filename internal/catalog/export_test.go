package catalog

// WalkTheIndex makes a store walk along the index of packages also for sets that
// it would rather sort.
func (s *Store) WalkTheIndex() { s.smallSet = 0 }

// ForgetAbove bounds the members that a store keeps in memory.
func (s *Store) ForgetAbove(rows int) { s.cachedRows = rows }
