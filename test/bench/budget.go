package main

import (
	"fmt"
	"time"
)

// budget is a share of a peer's time or memory that we may take for a step.
type budget struct {
	step      step
	peer      string
	part      float64 // ours may be the peer's divided by this
	memory    bool    // of its memory; else of its time
	directory bool    // of what we publish into a directory that another server serves
}

// budgets are the shares that the project promises.
var budgets = []budget{
	{step: stepSync, peer: "aptly", part: 2},
	{step: stepSync, peer: "aptly", part: 6, memory: true},
	{step: stepResync, peer: "aptly", part: 50},
	{step: stepPublish, peer: "aptly", part: 4},
	{step: stepUpdate, peer: "aptly", part: 40},
	{step: stepUpdate, peer: "reprepro", part: 10},
	{step: stepUpdate, peer: "aptly", part: 40, directory: true},
	{step: stepUpdate, peer: "reprepro", part: 10, directory: true},
	{step: stepSnapshot, peer: "aptly", part: 4},
}

// The budgets that are no shares.
const (
	maxRequests = 1                     // of a sync with nothing new
	maxServed   = 50 * time.Millisecond // for half of the publishes within a server
	maxPeak     = 100 * megabyte        // of any of our processes
	megabyte    = 1_000_000
)

// verdict reports whether a budget is met.
type verdict struct {
	what, allowed, measured string
	met                     bool
}

// verdicts judges by the medians. What was not measured is left out.
func (r *results) verdicts() (all []verdict) {
	for _, b := range budgets {
		who := ours
		if b.directory {
			who = oursInDirectory
		}
		mine, theirs := r.of(r.Packages, who, b.step), r.of(r.Packages, b.peer, b.step)
		if len(mine) > 0 && len(theirs) > 0 {
			all = append(all, b.judge(median(mine), median(theirs)))
		}
	}
	all = append(all, r.judgeRequests()...)
	all = append(all, r.judgeServed()...)
	all = append(all, r.judgePeak()...)
	return append(all, r.judgeGrowth()...)
}

func (b budget) judge(mine, theirs sample) verdict {
	what, share := "time", divide(theirs.Wall.Seconds(), mine.Wall.Seconds())
	if b.memory {
		what, share = "memory", divide(float64(theirs.Peak), float64(mine.Peak))
	}
	title := titleOf(b.step)
	if b.directory {
		title += ", into a directory"
	}
	return verdict{
		what:    fmt.Sprintf("%s: %s against %s", title, what, b.peer),
		allowed: fmt.Sprintf("at most 1/%g", b.part), measured: ratio(share), met: share >= b.part,
	}
}

// judgeRequests looks at the sync that asked the most.
func (r *results) judgeRequests() []verdict {
	samples, most := r.of(r.Packages, ours, stepResync), 0
	if len(samples) == 0 {
		return nil
	}
	for _, s := range samples {
		most = max(most, s.Requests)
	}
	return []verdict{{titleOf(stepResync) + ": requests", fmt.Sprint(maxRequests), fmt.Sprint(most), most == maxRequests}}
}

func (r *results) judgeServed() []verdict {
	if r.Served == nil {
		return nil
	}
	half := percentile(r.Served.Activity, 50)
	return []verdict{{titleOf(stepUpdate) + " within a server: half of them", "at most " + seconds(maxServed), seconds(half), half <= maxServed}}
}

// judgePeak looks at the process of ours that took the most memory.
func (r *results) judgePeak() []verdict {
	var most int64
	for _, name := range []string{ours, oursInDirectory} {
		for s := range r.Stages[r.Packages][name] {
			for _, each := range r.of(r.Packages, name, s) {
				most = max(most, each.Peak)
			}
		}
	}
	if r.Served != nil {
		most = max(most, r.Served.Peak)
	}
	if most == 0 {
		return nil
	}
	return []verdict{{"memory of any of these", "below " + megabytes(maxPeak), megabytes(most), most < maxPeak}}
}

// judgeGrowth allows a publish in a big archive to take longer than one in a
// small archive by what hashing the index takes, in all its forms.
func (r *results) judgeGrowth() []verdict {
	if len(r.Growth) < 2 {
		return nil
	}
	few, many := r.Growth[0], r.Growth[len(r.Growth)-1]
	small, big := r.of(few, ours, stepUpdate), r.of(many, ours, stepUpdate)
	if len(small) == 0 || len(big) == 0 {
		return nil
	}
	more := median(big).Wall - median(small).Wall
	return []verdict{{
		fmt.Sprintf("%s: more for %s packages than for %s", titleOf(stepUpdate), thousands(many), thousands(few)),
		"hashing the index, " + seconds(r.Hashing[many]), seconds(max(more, 0)), more <= r.Hashing[many],
	}}
}

// titleOf names the row that is a step alone.
func titleOf(s step) string {
	for _, r := range rows {
		if len(r.steps) == 1 && r.steps[0] == s {
			return r.title
		}
	}
	return string(s)
}
