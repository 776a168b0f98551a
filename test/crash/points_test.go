package crash

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"syscall"

	"github.com/aptarium/aptarium/internal/problem"
)

// point is a moment at which the outside world may end: a kind of operation on
// a disk or of the database, and the step of the scenario that it belongs to.
type point struct {
	Step string // "sync"
	Kind string // "pool rename"
}

func (p point) String() string { return p.Kind + " in " + p.Step }

// The ways in which a round is interrupted.
type ending string

const (
	undisturbed ending = "undisturbed"
	killed      ending = "killed"           // SIGKILL before the operation
	torn        ending = "killed, torn"     // the same, in the middle of a write
	full        ending = "ENOSPC"           // from this operation on, whatever needs room
	failing     ending = "EIO"              // this operation alone
	broken      ending = "EIO from then on" // and every one after it
	whenever    ending = "killed, any time" // by the parent, between two operations or in one of SQLite's
)

// kills reports whether the process ends, and not only an operation.
func (e ending) kills() bool { return e == killed || e == torn || e == whenever }

// fault says what is to go wrong, and where.
type fault struct {
	Ending ending
	At     int // the operation's number, from 1
}

// points numbers the operations of a process, and lets one operation fail.
type points struct {
	fault fault
	dying func(point) // called with the point just before the process is killed

	mu     sync.Mutex
	step   string
	record bool
	passed []point // all points, if record is set
	count  int
	struck *point // where the fault has struck
}

// enter names the step that the next operations belong to.
func (p *points) enter(step string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = step
}

// hit returns the point at which the fault struck, nil before that.
func (p *points) hit() *point {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.struck
}

// soFar returns the points that were recorded.
func (p *points) soFar() []point {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.passed)
}

// pass is called before each operation, and returns the error that replaces it
// of being done.
func (p *points) pass(kind string) error { return p.passWrite(kind, nil) }

// passWrite is pass for a write. If this write is to fail, half writes its first half
// before.
func (p *points) passWrite(kind string, half func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	here := point{p.step, kind}
	if p.record {
		p.passed = append(p.passed, here)
	}
	if p.count < p.fault.At || p.fault.Ending == undisturbed || p.fault.Ending == whenever {
		return nil
	}
	if p.fault.Ending == full && !needsRoom(kind) {
		return nil
	}
	first := p.struck == nil
	if first {
		p.struck = &here
		if half != nil && p.fault.Ending != killed {
			half()
		}
	}
	switch p.fault.Ending {
	case killed, torn:
		p.dying(here)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case full:
		return syscall.ENOSPC
	case broken:
		return syscall.EIO
	case failing:
		if first {
			return syscall.EIO
		}
	}
	return nil
}

// needsRoom reports whether a full disk refuses an operation. A disk without a free
// block may still have room in a directory.
func needsRoom(kind string) bool {
	return slices.Contains([]string{
		"pool create", "pool write", "pool mkdir", "place create", "place write", "place mkdir", "place lock",
		"place link", "place symlink", "commit",
	}, kind)
}

// committing is the point before a commit. SQLite has its own error for a full disk,
// which the database explains.
func (p *points) committing() error {
	err := p.pass("commit")
	if err == syscall.ENOSPC {
		return problem.New(problem.Full, "no space left to write the database: %w", err).WithHint("free space on the disk that holds the data folder")
	}
	return err
}

// committed is the point after a commit. There is nothing left to fail, only to
// be killed before anybody hears of it.
func (p *points) committed() { _ = p.pass(afterCommit) }

const afterCommit = "after commit"

// tally counts how often each kind of point was hit, and how.
type tally struct {
	mu     sync.Mutex
	points map[point]map[ending]int
	counts map[string]int
}

func newTally() *tally { return &tally{points: map[point]map[ending]int{}, counts: map[string]int{}} }

func (t *tally) hit(p point, e ending) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.points[p] == nil {
		t.points[p] = map[ending]int{}
	}
	t.points[p][e]++
}

// add counts something else that happened.
func (t *tally) add(what string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[what] += n
}

// String returns the counts, and tables by kind of operation and by step.
func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := ""
	for _, what := range sorted(t.counts) {
		text += fmt.Sprintf("%8d %s\n", t.counts[what], what)
	}
	text += t.table("operation", func(p point) string { return p.Kind })
	return text + t.table("step", func(p point) string { return p.Step })
}

// table adds points up by one of their sides.
func (t *tally) table(title string, side func(point) string) string {
	columns := []ending{killed, torn, full, failing, broken}
	rows := map[string]map[ending]int{}
	for p, counts := range t.points {
		if rows[side(p)] == nil {
			rows[side(p)] = map[ending]int{}
		}
		for e, n := range counts {
			rows[side(p)][e] += n
		}
	}
	text := fmt.Sprintf("\n%-16s", title)
	for _, c := range columns {
		text += fmt.Sprintf(" %16s", c)
	}
	for _, name := range sorted(rows) {
		text += fmt.Sprintf("\n%-16s", name)
		for _, c := range columns {
			text += fmt.Sprintf(" %16d", rows[name][c])
		}
	}
	return text + "\n"
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
