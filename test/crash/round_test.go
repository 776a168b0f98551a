package crash

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

// reference is an undisturbed run of the scenario with one variant: the points
// that it passes, and what each step leaves.
type reference struct {
	passed []point
	until  []int   // how many points were passed when so many steps were done
	facts  []facts // after so many steps
	took   time.Duration
}

// harness is what the rounds share.
type harness struct {
	dir        string // of all worlds
	material   material
	seed       uint64
	tally      *tally
	references []func() (reference, error) // by variant
}

func newHarness(dir string, m material, seed uint64) *harness {
	h := &harness{dir: dir, material: m, seed: seed, tally: newTally()}
	for v := range variants {
		h.references = append(h.references, sync.OnceValues(func() (reference, error) { return h.undisturbed(v) }))
	}
	return h
}

// world makes a fresh one, with an upstream. The caller calls end.
func (h *harness) world(name string, variant int) (w *world, end func(), err error) {
	w = &world{Folder: h.dir + "/" + name, Material: h.material, Variant: variant}
	if err := os.MkdirAll(w.www(), 0o755); err != nil {
		return nil, nil, err
	}
	upstream := testkit.NewUpstream(w.Folder + "/upstream")
	w.URL = upstream.URL()
	return w, upstream.Close, nil
}

// undisturbed makes the reference of a variant, and checks it as it checks every
// round: what fails there is not a crash's fault.
func (h *harness) undisturbed(variant int) (r reference, err error) {
	w, end, err := h.world(fmt.Sprintf("reference%d", variant), variant)
	if err != nil {
		return r, err
	}
	defer end()
	began := time.Now()
	p := &points{record: true}
	s, err := w.open(p)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.start(); err != nil {
		return r, err
	}
	note := func(int) {
		r.until = append(r.until, len(p.soFar()))
		f, failed := s.facts()
		r.facts, err = append(r.facts, f), errors.Join(err, failed)
	}
	note(0)
	if err := errors.Join(s.run(0, false, note), err); err != nil {
		return r, err
	}
	r.passed, r.took = p.soFar(), time.Since(began)
	p.enter("check")
	return r, s.newest()
}

// continuation is how things go on after an interruption.
type continuation string

const (
	repeat continuation = "repeat" // the step is done again
	pass   continuation = "pass"   // the next one is done, which makes up for it
	drop   continuation = "drop"   // a publication is dropped before any work is taken up
)

// plan is what happens in a round.
type plan struct {
	number    int
	variant   int
	endings   []ending // of the first process, and of the next ones
	then      continuation
	random    *rand.Rand
	reference reference
}

// plan draws a round. The same seed and number produce the same plan.
func (h *harness) plan(number int) (p plan, err error) {
	p = plan{number: number, variant: number % len(variants), random: rand.New(rand.NewPCG(h.seed, uint64(number)))}
	if p.reference, err = h.references[p.variant](); err != nil {
		return p, fmt.Errorf("without any disturbance: %w", err)
	}
	endings := []ending{killed, killed, killed, killed, torn, whenever, full, full, failing, failing, broken, whenever}
	p.endings = []ending{endings[p.random.IntN(len(endings))]}
	if p.random.IntN(4) == 0 { // again, while it takes up the work
		p.endings = append(p.endings, endings[p.random.IntN(len(endings))])
	}
	p.then = []continuation{repeat, repeat, pass, drop}[p.random.IntN(4)]
	return p, nil
}

// golden spreads successive numbers evenly.
const golden = 0.6180339887498949

// strike chooses the operation to strike, in a process that goes on after a
// number of steps: evenly over all operations, or over the kinds of operations in
// these steps.
func (p plan) strike(e ending, done int) fault {
	begin := p.reference.until[done]
	if done == 0 {
		begin = 0
	}
	var possible []int
	kinds := map[string][]int{}
	for i, x := range p.reference.passed[begin:] {
		if e == torn && x.Kind != "pool write" && x.Kind != "place write" || e == full && !needsRoom(x.Kind) || !e.kills() && x.Kind == afterCommit {
			continue
		}
		possible = append(possible, i+1)
		kinds[x.String()] = append(kinds[x.String()], i+1)
	}
	if len(possible) == 0 {
		return fault{undisturbed, 0}
	}
	if p.random.IntN(2) == 0 {
		names := sorted(kinds)
		possible = kinds[names[p.random.IntN(len(names))]]
	}
	_, share := math.Modf(golden * float64(p.number))
	return fault{e, possible[int(share*float64(len(possible)))]}
}

// round interrupts the scenario as planned, and checks what is left, what comes
// of it, and what readers saw meanwhile.
func (h *harness) round(number int) error {
	p, err := h.plan(number)
	if err != nil {
		return err
	}
	w, end, err := h.world(fmt.Sprintf("round%d", number), p.variant)
	if err != nil {
		return err
	}
	defer end()
	stop, watched := make(chan struct{}), make(chan error, 1)
	go func() {
		n, err := w.watch(stop)
		h.tally.add("times a client read a release from the directory", n)
		watched <- err
	}()
	err = h.live(w, p)
	close(stop)
	if err = errors.Join(err, <-watched); err != nil {
		return fmt.Errorf("round %d of seed %d (%s; then %s; variant %d) in %s: %w", number, h.seed, p.endings, p.then, p.variant, w.Folder, err)
	}
	h.tally.add("rounds", 1)
	return os.RemoveAll(w.Folder)
}

// live is the life of a world.
func (h *harness) live(w *world, p plan) error {
	done, begun := 0, false
	for i, e := range p.endings {
		f := p.strike(e, done)
		l := h.interrupt(w, p, f, done, begun)
		if l.err != nil {
			return fmt.Errorf("%s at operation %d (%v): %w", e, f.At, l.struck, l.err)
		}
		done, begun = l.done, true
		if l.struck != nil {
			h.tally.hit(*l.struck, e)
		}
		if err := h.takeUp(w, p, p.endings[:i+1], done); err != nil {
			return fmt.Errorf("%s at operation %d (%v), after %d steps: %w", e, f.At, l.struck, done, err)
		}
	}
	return nil
}

// interrupt runs a process that something happens to.
func (h *harness) interrupt(w *world, p plan, f fault, done int, begun bool) life {
	h.tally.add("processes "+string(f.Ending), 1)
	if !f.Ending.kills() {
		return failHere(w, f, done, begun)
	}
	after := done + p.random.IntN(len(scenario())+1-done)
	delay := time.Duration(p.random.Int64N(int64(2*p.reference.took) / int64(len(scenario()))))
	l := job{*w, done, begun, f, p.random.IntN(2) == 0}.start(after, delay)
	h.tally.add("files that a client had from the server that was killed then", l.asked)
	return l
}

// failHere does the scenario in this process until an error reports the fault.
func failHere(w *world, f fault, done int, begun bool) life {
	l := life{done: done}
	p := &points{fault: f}
	s, err := w.open(p)
	if err == nil {
		if err = s.start(); err == nil {
			err = s.settle()
		}
		if err == nil {
			err = s.run(done, begun, func(n int) { l.done = n })
		}
		_ = s.close() // the full or broken disk causes the same error again
	}
	l.struck = p.hit()
	switch {
	case err == nil:
	case l.struck == nil:
		l.err = fmt.Errorf("nothing was disturbed yet: %w", err)
	default:
		l.err = saysWhy(f.Ending, err)
	}
	return l
}

// takeUp looks at what an interrupted process has left, and after the last one
// ends the scenario.
func (h *harness) takeUp(w *world, p plan, endings []ending, done int) (err error) {
	www := newDirectory(w.prefix())
	for _, distribution := range distributions {
		if _, err := look(www, distribution); err != nil {
			return fmt.Errorf("a reader after the end: %w", err)
		}
	}
	s, err := w.open(&points{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	found, err := s.facts()
	if err != nil {
		return err
	}
	if err := found.between(p.reference.facts[done], p.reference.facts[min(done+1, len(p.reference.facts)-1)]); err != nil {
		return err
	}
	n, err := s.failed(endings)
	if err != nil {
		return err
	}
	h.tally.add("activities that failed and said why", n)
	if err := s.sound(); err != nil || len(endings) < len(p.endings) {
		return err
	}
	return h.goOn(s, p, done)
}

// goOn ends the scenario, undisturbed.
func (h *harness) goOn(s *session, p plan, done int) error {
	seen := s.world.standing()
	steps, from := scenario(), done
	named := func(name string) int { return slices.IndexFunc(steps, func(s step) bool { return s.name == name }) }
	dropping := named(dropStep)
	switch {
	case p.then == drop && done > named("deploy") && done <= dropping:
		from = dropping
		if err := s.Publications.Drop(s.ctx, "www:debian", "testing"); err != nil && !problem.Is(err, problem.NotFound) {
			return err
		}
	case p.then == pass && done < len(steps) && steps[done].optional:
		from = done + 1
	}
	if err := s.start(); err != nil {
		return err
	}
	if err := s.settle(); err != nil && from != dropping {
		return fmt.Errorf("taking up the work: %w", err)
	}
	err := s.run(from, true, func(n int) {
		if n == done+1 && from == done && (steps[done].name == "deploy" || steps[done].name == "clean up") {
			h.tally.add(map[bool]string{true: "interrupted deploys of which readers saw the new release", false: "interrupted deploys of which readers saw the old release"}[bytes.Equal(seen, s.world.standing())], 1)
		}
	})
	if err != nil {
		return fmt.Errorf("going on: %w", err)
	}
	if err := s.deployOnce(); err != nil {
		return fmt.Errorf("deploying once more: %w", err)
	}
	return s.newest()
}

// deployOnce deploys another release where the last deploy could not take its own
// hidden directory away: that is what the next one is for.
func (s *session) deployOnce() error {
	hidden, err := filepath.Glob(s.world.www() + "/.aptarium-*")
	if err != nil || len(hidden) == 0 {
		return err
	}
	for _, x := range []step{addPackages("another", 1, "1"), update("deploy", "www:debian", "stable"), update("publish", "debian", "stable")} {
		if err := x.do(s); err != nil {
			return err
		}
	}
	return nil
}
