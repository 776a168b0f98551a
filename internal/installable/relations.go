package installable

// broken tells, by candidate, which requirement of it no candidate that can be
// installed satisfies, conflicts left aside; none where all are satisfied. Order
// is the order in which candidates were found to be broken: of those that a broken
// one needed, all come before it.
type broken struct {
	because []int32
	order   []int32
}

// relationsBroken goes from the requirements that nothing satisfies to those who
// have them, and on to those who need these.
func (u *universe) relationsBroken() broken {
	b := broken{make([]int32, len(u.candidates)), make([]int32, len(u.candidates))}
	for c := range b.because {
		b.because[c] = none
	}
	left := make([]int32, len(u.requirements)) // targets that are not broken
	var queue []int32                          // of candidates
	fail := func(r int32) {
		for _, c := range u.requirements[r].askers {
			if b.because[c] == none {
				b.because[c], b.order[c] = r, int32(len(queue))
				queue = append(queue, c)
			}
		}
	}
	for r := range left {
		if left[r] = int32(len(u.requirements[r].targets)); left[r] == 0 {
			fail(int32(r))
		}
	}
	for i := 0; i < len(queue); i++ {
		for _, r := range u.targetOf[queue[i]] {
			if left[r]--; left[r] == 0 {
				fail(r)
			}
		}
	}
	return b
}

// explain leads from a broken candidate to the requirement that nothing satisfies:
// of several ways, along what was found broken first.
func (u *universe) explain(b broken, c int32) Reason {
	reason := Reason{Chain: []uint32{u.candidates[c].ID}}
	for {
		r := b.because[c]
		next := int32(none)
		for _, t := range u.requirements[r].targets {
			if next == none || b.order[t] < b.order[next] {
				next = t
			}
		}
		if next == none {
			g := u.requirements[r].group
			reason.Relation, reason.Malformed = u.groups[g].text(), u.groups[g].malformed != ""
			reason.Field = fieldOf(u.entry(c).needs, g).String()
			return reason
		}
		c = next
		reason.Chain = append(reason.Chain, u.candidates[c].ID)
	}
}

// fieldOf tells in which field a package has a group.
func fieldOf(clauses []clause, g group) field {
	for _, clause := range clauses {
		if clause.group == g {
			return clause.field
		}
	}
	return depends // never: the group is one of the clauses
}
