package installable

// machine is an imaginary machine, on which candidates and their requirements are
// installed: a search for a model of the requirements and clashes by decisions,
// propagation, and lessons from failures (conflict-driven clause learning up to the first
// unique implication point).
//
// It decides only about the requirements of installed candidates. When they are all
// satisfied, the undecided candidates can stay out.
type machine struct {
	*universe
	state      []presence // by candidate, as are level and why
	level      []int32    // of decisions, at which it was assigned; 0: independent of decisions
	why        []cause
	trail      []int32 // candidates in the order of their assignment
	propagated int     // so many candidates of the trail are propagated
	done       int     // so many candidates of the trail have all requirements satisfied

	free   []int32 // by requirement: targets that are not out
	by     []int32 // by requirement: the first installed candidate that has it, or none
	levels []mark

	lessons [][]literal         // one of each must be true; the first two are watched
	watched map[literal][]int32 // lessons by their watched literals
	seen    []bool              // used by learn
}

// presence of a candidate on the machine.
type presence int8

const (
	undecided presence = iota
	in
	out
)

// literal states that a candidate is in (twice its number) or out (one more).
type literal int32

func literalOf(c int32, p presence) literal {
	if p == in {
		return literal(2 * c)
	}
	return literal(2*c + 1)
}

func (l literal) candidate() int32 { return int32(l / 2) }
func (l literal) not() literal     { return l ^ 1 }
func (l literal) presence() presence {
	if l%2 == 0 {
		return in
	}
	return out
}

// cause is the reason for the assignment of a literal.
type cause struct {
	kind causeKind
	of   int32 // a requirement, the candidate that it clashes with, or a lesson
}

type causeKind uint8

const (
	decided causeKind = iota
	byRequirement
	byClash
	byLesson
)

// mark is the length of the trail at the start of a level.
type mark struct{ trail, done int }

// newMachine returns a machine on which candidates with broken relations stay out.
func newMachine(u *universe, b broken) *machine {
	n := len(u.candidates)
	m := &machine{
		universe: u, state: make([]presence, n), level: make([]int32, n), why: make([]cause, n), seen: make([]bool, n),
		free: make([]int32, len(u.requirements)), by: make([]int32, len(u.requirements)), watched: map[literal][]int32{},
	}
	for r := range m.free {
		m.free[r], m.by[r] = int32(len(u.requirements[r].targets)), none
	}
	for c, because := range b.because {
		if because != none {
			m.assign(literalOf(int32(c), out), cause{kind: decided})
		}
	}
	m.propagated, m.done = len(m.trail), len(m.trail) // nothing installed depends on them
	return m
}

// assign makes a literal true.
func (m *machine) assign(l literal, why cause) {
	c := l.candidate()
	m.state[c], m.level[c], m.why[c] = l.presence(), int32(len(m.levels)), why
	m.trail = append(m.trail, c)
	if l.presence() == out {
		for _, r := range m.targetOf[c] {
			m.free[r]--
		}
		return
	}
	for _, r := range m.needs[c] {
		if m.by[r] == none {
			m.by[r] = c
		}
	}
}

// decide opens a level with a freely chosen literal.
func (m *machine) decide(l literal) {
	m.levels = append(m.levels, mark{len(m.trail), m.done})
	m.assign(l, cause{kind: decided})
}

// backtrack undoes all assignments above a level.
func (m *machine) backtrack(level int) {
	if level >= len(m.levels) {
		return
	}
	to := m.levels[level]
	for i := len(m.trail) - 1; i >= to.trail; i-- {
		m.unassign(m.trail[i])
	}
	m.trail, m.levels = m.trail[:to.trail], m.levels[:level]
	m.propagated, m.done = to.trail, to.done
}

func (m *machine) unassign(c int32) {
	if m.state[c] == out {
		for _, r := range m.targetOf[c] {
			m.free[r]++
		}
	} else {
		for _, r := range m.needs[c] {
			if m.by[r] == c { // later ones are already unassigned
				m.by[r] = none
			}
		}
	}
	m.state[c] = undecided
}

func (m *machine) holds(l literal) bool { return m.state[l.candidate()] == l.presence() }

// propagate assigns the consequences of assignments. It returns the candidates of a
// contradiction, if any.
func (m *machine) propagate() (clash []int32) {
	for ; m.propagated < len(m.trail) && clash == nil; m.propagated++ {
		c := m.trail[m.propagated]
		if m.state[c] == in {
			clash = m.propagateIn(c)
		} else {
			clash = m.propagateOut(c)
		}
		if clash == nil && len(m.lessons) > 0 {
			clash = m.propagateLessons(literalOf(c, m.state[c]).not())
		}
	}
	return clash
}

func (m *machine) propagateIn(c int32) []int32 {
	for _, other := range m.clashes[c] {
		switch m.state[other] {
		case in:
			return []int32{c, other}
		case undecided:
			m.assign(literalOf(other, out), cause{byClash, c})
		}
	}
	for _, r := range m.needs[c] {
		if clash := m.propagateRequirement(r); clash != nil {
			return clash
		}
	}
	return nil
}

func (m *machine) propagateOut(c int32) []int32 {
	for _, r := range m.targetOf[c] {
		if m.by[r] == none {
			continue
		}
		if clash := m.propagateRequirement(r); clash != nil {
			return clash
		}
	}
	return nil
}

// propagateRequirement installs the only remaining target of a requirement.
func (m *machine) propagateRequirement(r int32) []int32 {
	switch m.free[r] {
	case 0:
		return m.antecedents(cause{byRequirement, r}, none)
	case 1:
		for _, t := range m.requirements[r].targets {
			if m.state[t] == undecided {
				m.assign(literalOf(t, in), cause{byRequirement, r})
			}
		}
	}
	return nil
}

// antecedents returns the candidates of a cause, except the one that it explains.
func (m *machine) antecedents(why cause, but int32) (list []int32) {
	add := func(c int32) {
		if c != but {
			list = append(list, c)
		}
	}
	switch why.kind {
	case byRequirement:
		add(m.by[why.of])
		for _, t := range m.requirements[why.of].targets {
			add(t)
		}
	case byClash:
		add(why.of)
	case byLesson:
		for _, l := range m.lessons[why.of] {
			add(l.candidate())
		}
	}
	return list
}

// choose returns the next literal to decide: the first possible target of an unsatisfied
// requirement. Call it when everything is propagated.
func (m *machine) choose() (l literal, open bool) {
	for ; m.done < len(m.trail); m.done++ {
		c := m.trail[m.done]
		if m.state[c] != in {
			continue
		}
		for _, r := range m.needs[c] {
			if t := m.openTarget(r); t != none {
				return literalOf(t, in), true
			}
		}
	}
	return 0, false
}

// openTarget returns the first undecided target of a requirement, or none if one is in.
func (m *machine) openTarget(r int32) int32 {
	first := int32(none)
	for _, t := range m.requirements[r].targets {
		switch m.state[t] {
		case in:
			return none
		case undecided:
			if first == none {
				first = t
			}
		}
	}
	return first
}
