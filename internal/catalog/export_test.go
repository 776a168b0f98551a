package catalog

// WalkTheIndex makes a store walk along the index of packages also for sets that
// it would rather sort.
func (s *Store) WalkTheIndex() { s.smallSet = 0 }
