package installable

// machine is an imagined machine, on which candidates are installed with what they
// need: a search for a model of the requirements and clashes, by decisions, what
// follows from them, and lessons from what failed (conflict-driven clause learning
// up to the first unique implication point).
//
// It decides only about what installed candidates need. When all their
// requirements are satisfied, whatever was not decided may stay out.
type machine struct {
	*universe
	state []presence // by candidate, as are level and why
	level []int32    // of decisions, on which it was settled; 0: whatever is decided
	why   []cause
	trail []int32 // candidates in the order in which they were settled
	drawn int     // consequences were drawn of the first so many on the trail
	done  int     // requirements are satisfied of the first so many on the trail

	free   []int32 // by requirement: targets that are not out
	by     []int32 // by requirement: the first candidate in that asks for it, or none
	levels []mark

	lessons [][]literal         // one of each must be true; the first two are watched
	watched map[literal][]int32 // lessons, by the literals that they watch
	seen    []bool              // used by learn
}

// presence of a candidate on the machine.
type presence int8

const (
	undecided presence = iota
	in
	out
)

// literal is a claim: twice the number of a candidate says that it is in, one more
// that it is out.
type literal int32

func claim(c int32, p presence) literal {
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

// cause is what a claim followed from.
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

// mark is how far the trail was when a level began.
type mark struct{ trail, done int }

// newMachine makes a machine on which candidates with broken relations stay out.
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
			m.settle(claim(int32(c), out), cause{kind: decided})
		}
	}
	m.drawn, m.done = len(m.trail), len(m.trail) // nothing that is in depends on them
	return m
}

// settle makes a claim true.
func (m *machine) settle(l literal, why cause) {
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

// decide opens a level with a claim that followed from nothing.
func (m *machine) decide(l literal) {
	m.levels = append(m.levels, mark{len(m.trail), m.done})
	m.settle(l, cause{kind: decided})
}

// back takes everything above a level back.
func (m *machine) back(level int) {
	if level >= len(m.levels) {
		return
	}
	to := m.levels[level]
	for i := len(m.trail) - 1; i >= to.trail; i-- {
		m.unsettle(m.trail[i])
	}
	m.trail, m.levels = m.trail[:to.trail], m.levels[:level]
	m.drawn, m.done = to.trail, to.done
}

func (m *machine) unsettle(c int32) {
	if m.state[c] == out {
		for _, r := range m.targetOf[c] {
			m.free[r]++
		}
	} else {
		for _, r := range m.needs[c] {
			if m.by[r] == c { // who asked later was taken back before
				m.by[r] = none
			}
		}
	}
	m.state[c] = undecided
}

func (m *machine) holds(l literal) bool { return m.state[l.candidate()] == l.presence() }

// draw draws the consequences of what was settled. It returns the candidates that
// cannot all be as they are, if there are such.
func (m *machine) draw() (clash []int32) {
	for ; m.drawn < len(m.trail) && clash == nil; m.drawn++ {
		c := m.trail[m.drawn]
		if m.state[c] == in {
			clash = m.drawIn(c)
		} else {
			clash = m.drawOut(c)
		}
		if clash == nil && len(m.lessons) > 0 {
			clash = m.drawLessons(claim(c, m.state[c]).not())
		}
	}
	return clash
}

func (m *machine) drawIn(c int32) []int32 {
	for _, other := range m.clashes[c] {
		switch m.state[other] {
		case in:
			return []int32{c, other}
		case undecided:
			m.settle(claim(other, out), cause{byClash, c})
		}
	}
	for _, r := range m.needs[c] {
		if clash := m.drawRequirement(r); clash != nil {
			return clash
		}
	}
	return nil
}

func (m *machine) drawOut(c int32) []int32 {
	for _, r := range m.targetOf[c] {
		if m.by[r] == none {
			continue
		}
		if clash := m.drawRequirement(r); clash != nil {
			return clash
		}
	}
	return nil
}

// drawRequirement installs the only target that is left of what something in needs.
func (m *machine) drawRequirement(r int32) []int32 {
	switch m.free[r] {
	case 0:
		return m.from(cause{byRequirement, r}, none)
	case 1:
		for _, t := range m.requirements[r].targets {
			if m.state[t] == undecided {
				m.settle(claim(t, in), cause{byRequirement, r})
			}
		}
	}
	return nil
}

// from returns the candidates that a cause consists of, except the one that followed
// from it.
func (m *machine) from(why cause, but int32) (list []int32) {
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

// choose returns the next thing to try: the first target that is possible of a
// requirement that is not satisfied. It is asked when all consequences are drawn.
func (m *machine) choose() (l literal, open bool) {
	for ; m.done < len(m.trail); m.done++ {
		c := m.trail[m.done]
		if m.state[c] != in {
			continue
		}
		for _, r := range m.needs[c] {
			if t := m.openTarget(r); t != none {
				return claim(t, in), true
			}
		}
	}
	return 0, false
}

// openTarget returns the first target that may be installed to satisfy a requirement,
// none when one is in.
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
