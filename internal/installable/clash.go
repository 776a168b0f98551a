package installable

import "slices"

// plan is the packages to install together with a candidate, and which needs which.
type plan struct {
	*universe
	broken
	parent map[int32]int32 // none for the candidate itself
	order  []int32         // the installed candidates
	choice []asked         // requirements with several ways
}

// asked is a requirement and a candidate that has it.
type asked struct{ requirement, by int32 }

// explainClash installs a candidate that cannot be installed, packages without a choice
// first, until two of them exclude each other. Every way ends so, and this one, too.
func (u *universe) explainClash(b broken, c int32) Reason {
	p := plan{universe: u, broken: b, parent: map[int32]int32{}}
	other := p.install(c, none)
	for looked := 0; other == none; {
		switch {
		case looked < len(p.order):
			looked++
			other = p.installForced(p.order[looked-1])
		case len(p.choice) > 0:
			next := p.choice[0]
			p.choice = p.choice[1:]
			other = p.satisfy(next)
		default: // a way exists, but the search ended before it found it
			return Reason{Chain: []uint32{u.candidates[c].ID}}
		}
	}
	last := p.order[len(p.order)-1]
	return p.clashOf(last, other)
}

// install adds a candidate, and returns a candidate that it clashes with, or none.
func (p *plan) install(c, parent int32) int32 {
	p.parent[c] = parent
	p.order = append(p.order, c)
	for _, other := range p.clashes[c] {
		if _, there := p.parent[other]; there {
			return other
		}
	}
	return none
}

// installForced installs the only ways to satisfy requirements of a candidate, and defers
// its other requirements.
func (p *plan) installForced(c int32) int32 {
	for _, r := range p.needs[c] {
		if ways := p.ways(r); len(ways) > 1 {
			p.choice = append(p.choice, asked{r, c})
		} else if other := p.satisfy(asked{r, c}); other != none {
			return other
		}
	}
	return none
}

// ways returns the targets of a requirement whose relations are not broken.
func (p *plan) ways(r int32) (list []int32) {
	for _, t := range p.requirements[r].targets {
		if p.because[t] == none {
			list = append(list, t)
		}
	}
	return list
}

// satisfy installs the first target without a clash, or else the first.
func (p *plan) satisfy(a asked) int32 {
	ways := p.ways(a.requirement)
	taken := func(c int32) bool { _, there := p.parent[c]; return there }
	if slices.ContainsFunc(ways, taken) {
		return none
	}
	free := func(c int32) bool { return !slices.ContainsFunc(p.clashes[c], taken) }
	return p.install(ways[max(0, slices.IndexFunc(ways, free))], a.by)
}

// clashOf explains which of two candidates excludes the other, and who needs them.
func (p *plan) clashOf(a, b int32) Reason {
	excluding, found := p.excludes(a, b)
	if !found {
		a, b = b, a
		excluding, _ = p.excludes(a, b)
	}
	return Reason{
		Chain: p.chain(a), Against: p.chain(b),
		Field: excluding.field.String(), Relation: p.groups[excluding.group].text(),
	}
}

func (p *plan) excludes(a, b int32) (clause, bool) {
	for _, clause := range p.entry(a).conflicts {
		r := &p.groups[clause.group]
		for i, relation := range r.alternatives {
			for c := range p.matching(relation, r.names[i]) {
				if c == b {
					return clause, true
				}
			}
		}
	}
	return clause{}, false
}

// chain returns the candidates from the first to c: each needs the next.
func (p *plan) chain(c int32) (ids []uint32) {
	for ; c != none; c = p.parent[c] {
		ids = append(ids, p.candidates[c].ID)
	}
	slices.Reverse(ids)
	return ids
}
