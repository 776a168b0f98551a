package installable

// broken is the result of relationsBroken. By candidate, because is a requirement that no
// installable candidate satisfies, conflicts ignored, or none; order is the order of
// discovery: the broken candidates that a broken one needs come before it.
type broken struct {
	because []int32
	order   []int32
}

// relationsBroken starts with the requirements without targets, breaks the candidates that
// have them, then the candidates that need these.
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

// explain leads from a broken candidate to the unsatisfied requirement, along the
// candidates that were found first.
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

func fieldOf(clauses []clause, g group) field {
	for _, clause := range clauses {
		if clause.group == g {
			return clause.field
		}
	}
	return depends // never: the group is one of the clauses
}
