package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// stage is an archive of one size with the programs that mirror it.
type stage struct {
	archive    *archive
	contenders []contender
	dir        string
	runs       int
	patience   time.Duration
	say        func(format string, args ...any)

	// samples are those of a program and a step, in the order of the runs.
	samples map[string]map[step][]sample
	added   map[string]int // packages that a program has published besides the archive's
	// indexBytes is the size of our published index in all its forms.
	indexBytes int64
}

func newStage(a *archive, contenders []contender, dir string, s settings, say func(string, ...any)) *stage {
	t := &stage{archive: a, contenders: contenders, dir: dir, runs: s.runs, patience: s.patience, say: say,
		samples: map[string]map[step][]sample{}, added: map[string]int{}}
	for _, c := range contenders {
		t.samples[c.name()] = map[step][]sample{}
	}
	return t
}

// fresh does, so many times, the steps that begin with nothing. The last state
// stays. A program whose patience is at its end stays out of further runs.
func (t *stage) fresh(ctx context.Context, runs int) error {
	for run := range runs {
		out := map[string]bool{}
		for _, c := range t.contenders {
			out[c.name()] = t.exhausted(c, stepSync)
			if out[c.name()] {
				continue
			}
			if err := t.empty(ctx, c); err != nil {
				return err
			}
		}
		for _, s := range freshSteps {
			for _, c := range t.contenders {
				if out[c.name()] {
					continue
				}
				if err := t.take(ctx, c, s, run, ""); err != nil {
					return err
				}
			}
		}
		for _, c := range t.contenders {
			if _, own := c.(*aptarium); !own && run > 0 { // the peers are looked at once
				continue
			}
			if err := t.look(ctx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// exhausted reports whether another run of a step would exceed the time for all its
// runs. One run is always made.
func (t *stage) exhausted(c contender, s step) bool {
	var total, last time.Duration
	for _, each := range t.samples[c.name()][s] {
		last = each.Wall
		total += last
	}
	return last > 0 && total+last > t.patience
}

// empty replaces the folder of a program by a new one.
func (t *stage) empty(ctx context.Context, c contender) error {
	dir := filepath.Join(t.dir, c.name())
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	t.added[c.name()] = 0
	if err := c.prepare(ctx, dir, t.archive); err != nil {
		return fmt.Errorf("preparing %s: %w", c.name(), err)
	}
	return nil
}

// repeat repeats the wanted steps on the present state.
func (t *stage) repeat(ctx context.Context, wanted map[step]bool) error {
	for run := range t.runs {
		added, err := t.archive.addition("run", run, t.runs)
		if err != nil {
			return err
		}
		for _, s := range repeatSteps {
			for _, c := range t.contenders {
				if !wanted[s] || t.exhausted(c, s) {
					continue
				}
				if err := t.take(ctx, c, s, run, added); err != nil {
					return err
				}
				if s == stepUpdate {
					t.added[c.name()]++
				}
			}
		}
	}
	return nil
}

// take measures a step of a program, if the program has it.
func (t *stage) take(ctx context.Context, c contender, s step, run int, added string) error {
	commands := c.commands(s, run, added)
	if len(commands) == 0 {
		return nil
	}
	last := len(commands) - 1
	for _, before := range commands[:last] {
		if _, err := invoke(ctx, c.env(), before); err != nil {
			return err
		}
	}
	t.archive.Forget()
	taken, err := measure(ctx, t.dir, c.env(), commands[last])
	if err != nil {
		return err
	}
	taken.Requests = t.archive.Count("/")
	t.samples[c.name()][s] = append(t.samples[c.name()][s], taken)
	t.say("%7d packages, run %d: %-8s %8.3f s %5d MB  %s", t.archive.Packages, run+1, s, taken.Wall.Seconds(), taken.Peak/megabyte, c.name())
	return nil
}
