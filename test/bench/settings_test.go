package main

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want func(*settings)
	}{
		{nil, func(*settings) {}},
		{[]string{"-n", "1000", "-runs", "3"}, func(s *settings) { s.packages, s.runs = 1000, 3 }},
		{[]string{"-growth", "10000, 1000,1000"}, func(s *settings) { s.growth = []int{1000, 10_000} }},
		{[]string{"-growth", ""}, func(s *settings) { s.growth = nil }},
		{[]string{"-only", "snapshot,served"}, func(s *settings) { s.only = []string{"snapshot", "served"} }},
	} {
		want := settings{packages: 60_000, runs: 5, growth: []int{1_000, 10_000, 60_000, 250_000}, patience: 150 * time.Second, program: "bin/aptarium"}
		c.want(&want)
		got, err := parseSettings(c.args, t.Output())
		if err != nil {
			t.Errorf("%q: %v", c.args, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(settings{})); diff != "" {
			t.Errorf("%q: %s", c.args, diff)
		}
	}
	for _, args := range [][]string{{"-n", "99"}, {"-runs", "0"}, {"-runs", "101"}, {"-growth", "many"}, {"-growth", "10"}, {"-only", "fast"}, {"-only", ""}, {"more"}} {
		if _, err := parseSettings(args, t.Output()); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}

func TestWantedSteps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		only []string
		want []step
	}{
		{nil, []step{stepAdd, stepPublish, stepResync, stepSnapshot, stepSync, stepUpdate}},
		{[]string{"nothing-new"}, []step{stepResync}},
		{[]string{"publish-one"}, []step{stepAdd, stepUpdate}},
		{[]string{"first-sync-and-publish"}, []step{stepPublish, stepSync}},
		{[]string{rowServed}, nil},
	} {
		got := slices.Sorted(maps.Keys(settings{only: c.only}.wantedSteps()))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: %s", c.only, diff)
		}
	}
}

func TestWantsDirectory(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		only []string
		want bool
	}{{nil, true}, {[]string{"publish-one-directory"}, true}, {[]string{"publish-one", rowGrowth}, false}} {
		if got := (settings{only: c.only}).wantsDirectory(); got != c.want {
			t.Errorf("%q: %v", c.only, got)
		}
	}
}
