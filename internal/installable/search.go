package installable

import (
	"context"
	"iter"
)

// verdict about a candidate.
type verdict uint8

const (
	fits    verdict = iota
	fails           // it cannot be installed
	unknown         // the search reached its limit
)

const (
	// patience is the largest number of clashes in the search for one candidate. In
	// Debian's archive a handful is rare.
	patience = 2_000
	// endurance is the largest number of clashes in all searches on one machine.
	endurance = 50_000
	// memory is the largest number of lessons to keep.
	memory = 10_000
)

// add installs a candidate in addition to the installed ones, if this is possible with the
// first choices for its requirements.
func (m *machine) add(c int32) bool {
	switch m.state[c] {
	case in:
		return true
	case out:
		return false
	}
	before := len(m.levels)
	m.decide(literalOf(c, in))
	for {
		if m.propagate() != nil {
			m.backtrack(before)
			return false
		}
		l, open := m.choose()
		if !open {
			return true
		}
		m.decide(l)
	}
}

// search searches for a way to install a candidate on the empty machine, and leaves the
// machine in the found state. It subtracts its clashes from effort, the remaining budget.
func (m *machine) search(c int32, effort *int) verdict {
	m.backtrack(0)
	if len(m.lessons) > memory {
		m.lessons, m.watched = nil, map[literal][]int32{}
	}
	for {
		if len(m.levels) == 0 {
			if m.propagate() != nil || m.state[c] == out {
				return fails
			}
			m.decide(literalOf(c, in))
		}
		if clash := m.propagate(); clash != nil {
			if *effort == 0 {
				return unknown
			}
			*effort--
			m.learn(clash)
			continue
		}
		l, open := m.choose()
		if !open {
			return fits
		}
		m.decide(l)
	}
}

// learn finds the literal of the newest level that caused the clash together with literals
// of lower levels, backtracks to the level where only it was open, and assigns its
// opposite.
func (m *machine) learn(clash []int32) {
	lesson, met := []literal{0}, []int32(nil) // the first is for that literal
	open, at := 0, len(m.trail)
	var cause int32
	for {
		for _, c := range clash {
			if m.seen[c] || m.level[c] == 0 {
				continue
			}
			m.seen[c], met = true, append(met, c)
			if int(m.level[c]) == len(m.levels) {
				open++
			} else {
				lesson = append(lesson, literalOf(c, m.state[c]).not())
			}
		}
		for at--; !m.seen[m.trail[at]]; at-- {
		}
		if cause, open = m.trail[at], open-1; open == 0 {
			break
		}
		clash = m.antecedents(m.why[cause], cause)
	}
	for _, c := range met {
		m.seen[c] = false
	}
	lesson[0] = literalOf(cause, m.state[cause]).not()
	m.backtrack(m.highestSecond(lesson))
	m.keep(lesson)
}

// highestSecond moves the literal of the highest level, except the first, to the second
// position, and returns its level.
func (m *machine) highestSecond(lesson []literal) int {
	highest := 0
	for i, l := range lesson[1:] {
		if level := int(m.level[l.candidate()]); level > highest {
			highest = level
			lesson[1], lesson[i+1] = lesson[i+1], lesson[1]
		}
	}
	return highest
}

// keep stores a lesson of which only the first literal can be true now. A single literal is
// not stored, but assigned for good.
func (m *machine) keep(lesson []literal) {
	if len(lesson) == 1 {
		m.assign(lesson[0], cause{kind: decided})
		return
	}
	at := int32(len(m.lessons))
	m.lessons = append(m.lessons, lesson)
	for _, l := range lesson[:2] {
		m.watched[l] = append(m.watched[l], at)
	}
	m.assign(lesson[0], cause{byLesson, at})
}

func (m *machine) propagateLessons(failed literal) (clash []int32) {
	watching := m.watched[failed]
	kept := watching[:0]
	for i, at := range watching {
		lesson := m.lessons[at]
		if lesson[0] == failed {
			lesson[0], lesson[1] = lesson[1], lesson[0]
		}
		switch {
		case m.holds(lesson[0]):
			kept = append(kept, at)
		case m.watchAnother(at, lesson):
		case m.holds(lesson[0].not()):
			m.watched[failed] = append(kept, watching[i:]...)
			return m.antecedents(cause{byLesson, at}, none)
		default:
			kept = append(kept, at)
			m.assign(lesson[0], cause{byLesson, at})
		}
	}
	m.watched[failed] = kept
	return nil
}

// watchAnother replaces the second watched literal of a lesson by one that is not false.
func (m *machine) watchAnother(at int32, lesson []literal) bool {
	for k, l := range lesson[2:] {
		if !m.holds(l.not()) {
			lesson[1], lesson[k+2] = l, lesson[1]
			m.watched[l] = append(m.watched[l], at)
			return true
		}
	}
	return false
}

// judge returns the verdicts about candidates whose relations are not broken. It first
// installs as many as possible together, which is cheap, then searches for each of the
// rest alone.
func (m *machine) judge(ctx context.Context, candidates iter.Seq[int32]) (misfits map[int32]verdict, err error) {
	var alone []int32
	for c := range candidates {
		if c%pause == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !m.add(c) {
			alone = append(alone, c)
		}
	}
	misfits = map[int32]verdict{}
	left := endurance
	for i, c := range alone {
		if i%(pause>>4) == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		effort := min(patience, left)
		left -= effort
		if v := m.search(c, &effort); v != fits {
			misfits[c] = v
		}
		left += effort
	}
	return misfits, nil
}
