package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	// Names of our own program, by where it publishes to.
	ours            = "aptarium"
	oursInDirectory = "aptarium-directory"
	// peersUpTo bounds the archives that the peers mirror: they take minutes for more.
	peersUpTo = 60_000
	// updates is how many publishes are measured within a server.
	updates = 100
)

// results are all that was measured.
type results struct {
	Packages int                   `json:"packages"`
	Runs     int                   `json:"runs"`
	Machine  machine               `json:"machine"`
	About    []string              `json:"programs"`
	Stages   map[int]stageSamples  `json:"samples"` // by packages, program, step
	Served   *served               `json:"served,omitempty"`
	Growth   []int                 `json:"growth,omitempty"` // sizes
	Hashing  map[int]time.Duration `json:"hashing_ns"`       // of all forms of the index of so many packages
}

// stageSamples are the samples of a program and a step.
type stageSamples map[string]map[step][]sample

// of returns the samples of steps of a program, added up.
func (r *results) of(packages int, contender string, steps ...step) []sample {
	lists := make([][]sample, len(steps))
	for i, s := range steps {
		lists[i] = r.Stages[packages][contender][s]
	}
	return sums(lists...)
}

// bench is a run of the whole.
type bench struct {
	settings
	dir     string
	ours    *aptarium
	peers   []contender
	results results
}

// run measures, prints, and returns an error when a budget is missed.
func run(ctx context.Context, s settings) (err error) {
	dir, err := os.MkdirTemp(s.dir, "aptarium-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{settings: s, dir: dir}
	stop, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer stop()
	began := time.Now()
	if err := b.main(ctx); err != nil {
		return err
	}
	if b.wants(rowGrowth) {
		if err := b.grow(ctx); err != nil {
			return err
		}
	}
	if err := b.api(ctx); err != nil {
		return err
	}
	if err := b.promotion(ctx); err != nil {
		return err
	}
	b.say("measured in %s", time.Since(began).Round(time.Second))
	return b.report()
}

// say prints the current step on standard error.
func (b *bench) say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// open makes the programs ready.
func (b *bench) open(ctx context.Context) (stop func(), err error) {
	program, err := filepath.Abs(b.program)
	if err != nil {
		return nil, err
	}
	about, err := thisMachine(b.dir)
	if err != nil {
		return nil, err
	}
	b.ours = &aptarium{program: program}
	var signers []signer
	stop = func() {
		for _, s := range signers {
			_ = s.close(context.WithoutCancel(ctx)) // an agent that stays ends by itself when its folder is gone
		}
	}
	for _, name := range []string{"aptly", "reprepro"} {
		s, err := newSigner(ctx, filepath.Join(b.dir, "keys-"+name))
		signers = append(signers, s)
		if err != nil {
			stop()
			return nil, err
		}
	}
	b.peers = []contender{&aptly{signer: signers[0]}, &reprepro{signer: signers[1]}}
	b.results = results{Packages: b.packages, Runs: b.runs, Machine: about, Stages: map[int]stageSamples{}, Hashing: map[int]time.Duration{}}
	for _, c := range b.with(b.ours) {
		about, err := c.about(ctx)
		if err != nil {
			stop()
			return nil, err
		}
		b.results.About = append(b.results.About, about)
	}
	return stop, nil
}

// with puts the peers behind our own.
func (b *bench) with(own ...contender) []contender { return append(own, b.peers...) }

// main measures the rows of the table.
func (b *bench) main(ctx context.Context) error {
	wanted := b.wantedSteps()
	if len(wanted) == 0 && !b.wants(rowServed) {
		return nil
	}
	own := []contender{b.ours}
	if b.wantsDirectory() {
		own = append(own, &aptarium{program: b.ours.program, directory: true})
	}
	return b.at(ctx, b.packages, b.with(own...), func(t *stage) error {
		runs := 1
		if wanted[stepSync] || wanted[stepPublish] {
			runs = b.runs
		}
		if err := t.fresh(ctx, runs); err != nil {
			return err
		}
		if err := t.repeat(ctx, wanted); err != nil {
			return err
		}
		if b.wants(rowServed) {
			m, err := t.serve(ctx, b.ours, updates)
			if err != nil {
				return err
			}
			b.results.Served = &m
		}
		return nil
	})
}

// grow measures a publish after one added package, and a snapshot, at each size
// that was not measured already.
func (b *bench) grow(ctx context.Context) error {
	b.results.Growth = b.growth
	for _, n := range b.growth {
		if len(b.results.of(n, ours, stepUpdate)) > 0 && len(b.results.of(n, ours, stepSnapshot)) > 0 {
			continue
		}
		contenders := []contender{b.ours}
		if n <= peersUpTo {
			contenders = b.with(b.ours)
		}
		err := b.at(ctx, n, contenders, func(t *stage) error {
			if err := t.fresh(ctx, 1); err != nil {
				return err
			}
			return t.repeat(ctx, map[step]bool{stepSnapshot: true, stepAdd: true, stepUpdate: true})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// at measures on an archive of n packages, has apt look at the outcome, and
// leaves nothing but samples.
func (b *bench) at(ctx context.Context, n int, contenders []contender, measure func(*stage) error) error {
	dir := filepath.Join(b.dir, fmt.Sprint(n))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	a, err := openArchive(ctx, n, dir)
	if err != nil {
		return err
	}
	defer a.Close()
	t := newStage(a, contenders, dir, b.settings, b.say)
	if err := measure(t); err != nil {
		return err
	}
	for _, c := range contenders {
		if err := t.look(ctx, c); err != nil {
			return err
		}
	}
	b.results.Stages[n], b.results.Hashing[n] = t.samples, hashing(t.indexBytes)
	return nil
}

// hashing measures how long this machine takes for the SHA-256 of so many bytes,
// as the median of some tries with a part of these bytes.
func hashing(bytes int64) time.Duration {
	const part, tries = 32 << 20, 5
	data := make([]byte, part)
	times := make([]time.Duration, tries)
	for i := range times {
		began := time.Now()
		sha256.Sum256(data)
		times[i] = time.Since(began)
	}
	slices.Sort(times)
	return time.Duration(float64(times[tries/2]) / part * float64(bytes))
}
