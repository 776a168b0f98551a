package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// promoteTheirs has reprepro pull from the suite that it updates to another one, by
// its rules for pulls. Each step is a process, as reprepro has no server.
func (t *stage) promoteTheirs(ctx context.Context, p *reprepro, runs int, times promotionTimes) error {
	if err := p.addPull(t.archive); err != nil {
		return err
	}
	const to = "prod"
	if err := p.timed(ctx, times, promoteFirst, "pull", to); err != nil {
		return err
	}
	for run := range runs {
		change, err := t.promoted(run, runs)
		if err != nil {
			return err
		}
		for _, args := range [][]string{
			slices.Concat([]string{"remove", p.suite}, change.gone),
			slices.Concat([]string{"includedeb", p.suite}, change.files),
		} {
			if _, err := invoke(ctx, p.env(), p.call(args...)); err != nil {
				return err
			}
		}
		if err := p.timed(ctx, times, promoteDiff, "dumppull", to); err != nil {
			return err
		}
		if err := p.timed(ctx, times, promotePull, "pull", to); err != nil {
			return err
		}
		t.say("%7d packages, run %d: reprepro's pull, %.3f s", t.archive.Packages, run+1, times[promotePull][p.name()][run].Seconds())
	}
	return nil
}

func (p *reprepro) call(args ...string) []string {
	return append([]string{"reprepro", "--silent", "-b", p.dir}, args...)
}

// timed measures a process.
func (p *reprepro) timed(ctx context.Context, times promotionTimes, step string, args ...string) error {
	syscall.Sync()
	began := time.Now()
	if _, err := invoke(ctx, p.env(), p.call(args...)); err != nil {
		return err
	}
	times.note(step, p.name(), began)
	return nil
}

// addPull adds the suite prod, which pulls from the one that is updated.
func (p *reprepro) addPull(a *archive) error {
	for name, text := range map[string]string{
		"distributions": fmt.Sprintf("\nCodename: prod\nArchitectures: %s\nComponents: %s\nSignWith: %s\nDebIndices: Packages Release . .gz\nPull: fromup\n",
			a.Architecture, a.Component, p.fingerprint),
		"pulls": fmt.Sprintf("Name: fromup\nFrom: %s\n", p.suite),
	} {
		f, err := os.OpenFile(filepath.Join(p.dir, "conf", name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		if _, err := f.WriteString(text); err != nil {
			f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}
