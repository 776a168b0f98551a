package installable

import (
	"context"
	"iter"
)

// verdict about a candidate.
type verdict uint8

const (
	fits    verdict = iota
	fails           // there is no way to install it
	unknown         // the search for one took too long
)

const (
	// patience is how many clashes the search for one candidate learns from. In
	// Debian's archive a handful is rare.
	patience = 2_000
	// endurance is how many all searches on one machine do together.
	endurance = 50_000
	// memory is how many lessons are kept.
	memory = 10_000
)

// add installs a candidate beside what is there, without changing that, if the
// first choice for everything that it needs goes with it.
func (m *machine) add(c int32) bool {
	switch m.state[c] {
	case in:
		return true
	case out:
		return false
	}
	before := len(m.levels)
	m.decide(claim(c, in))
	for {
		if m.draw() != nil {
			m.back(before)
			return false
		}
		l, open := m.choose()
		if !open {
			return true
		}
		m.decide(l)
	}
}

// search looks for any way to install a candidate on the empty machine, and leaves
// it as it found one. Effort is how many clashes it may meet, and what is left of
// that.
func (m *machine) search(c int32, effort *int) verdict {
	m.back(0)
	if len(m.lessons) > memory {
		m.lessons, m.watched = nil, map[literal][]int32{}
	}
	for {
		if len(m.levels) == 0 {
			if m.draw() != nil || m.state[c] == out {
				return fails
			}
			m.decide(claim(c, in))
		}
		if clash := m.draw(); clash != nil {
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

// learn finds a claim on the newest level that, with claims on lower ones, led to
// the clash, goes back to where it was the only thing open, and settles its
// opposite.
func (m *machine) learn(clash []int32) {
	lesson, met := []literal{0}, []int32(nil) // the first is for that claim
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
				lesson = append(lesson, claim(c, m.state[c]).not())
			}
		}
		for at--; !m.seen[m.trail[at]]; at-- {
		}
		if cause, open = m.trail[at], open-1; open == 0 {
			break
		}
		clash = m.from(m.why[cause], cause)
	}
	for _, c := range met {
		m.seen[c] = false
	}
	lesson[0] = claim(cause, m.state[cause]).not()
	m.back(m.highestSecond(lesson))
	m.keep(lesson)
}

// highestSecond brings, of all but the first, the literal of the highest level to
// the second place, and gives its level.
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

// keep remembers a lesson of which only the first literal can be true now. One of a
// single literal needs no memory: it is settled for good.
func (m *machine) keep(lesson []literal) {
	if len(lesson) == 1 {
		m.settle(lesson[0], cause{kind: decided})
		return
	}
	at := int32(len(m.lessons))
	m.lessons = append(m.lessons, lesson)
	for _, l := range lesson[:2] {
		m.watched[l] = append(m.watched[l], at)
	}
	m.settle(lesson[0], cause{byLesson, at})
}

// drawLessons draws from those lessons that watch a literal which became false.
func (m *machine) drawLessons(failed literal) (clash []int32) {
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
			return m.from(cause{byLesson, at}, none)
		default:
			kept = append(kept, at)
			m.settle(lesson[0], cause{byLesson, at})
		}
	}
	m.watched[failed] = kept
	return nil
}

// watchAnother has a lesson watch a literal that is not false in place of its
// second.
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

// judge returns the verdicts about candidates whose relations are not broken: first
// those that find a place beside each other, which costs little, then each of the
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
