package main

import "slices"

// step is one process of a program that is measured.
type step string

const (
	stepSync     step = "sync"     // mirror the archive into nothing
	stepResync   step = "resync"   // ask again, with nothing new
	stepPublish  step = "publish"  // publish what was mirrored, for the first time
	stepSnapshot step = "snapshot" // name the state of the mirror
	stepAdd      step = "add"      // take in one package
	stepUpdate   step = "update"   // publish with that package
)

// The steps in their order: those that begin with an empty folder, and those
// that can be done again and again on what is there then.
var (
	freshSteps  = []step{stepSync, stepPublish}
	repeatSteps = []step{stepResync, stepSnapshot, stepAdd, stepUpdate}
)

// row is a line of the table: the time of one step or of several together.
type row struct {
	name  string // for the flag -only
	title string
	steps []step
	// directory makes it a row of what we publish into a directory that another
	// server serves, as the peers do in every row.
	directory bool
}

// mine names the contender that is our own in the row.
func (r row) mine() string {
	if r.directory {
		return oursInDirectory
	}
	return ours
}

// Rows that are no sums of steps.
const (
	rowServed = "served"
	rowGrowth = "growth"
)

var rows = []row{
	{name: "first-sync", title: "first sync over loopback", steps: []step{stepSync}},
	{name: "first-publish", title: "first publish", steps: []step{stepPublish}},
	{name: "first-publish-directory", title: "first publish, into a directory", steps: []step{stepPublish}, directory: true},
	{name: "first-sync-and-publish", title: "first sync and publish", steps: []step{stepSync, stepPublish}},
	{name: "nothing-new", title: "sync, nothing new", steps: []step{stepResync}},
	{name: "publish-one", title: "publish after one added package", steps: []step{stepUpdate}},
	{name: "publish-one-directory", title: "publish after one added package, into a directory", steps: []step{stepUpdate}, directory: true},
	{name: "add-and-publish", title: "add one package and publish", steps: []step{stepAdd, stepUpdate}},
	{name: "snapshot", title: "snapshot", steps: []step{stepSnapshot}},
}

// rowNames lists what -only takes.
func rowNames() (names []string) {
	for _, r := range rows {
		names = append(names, r.name)
	}
	return append(names, rowServed, rowGrowth, rowAPI, rowPromotion)
}

// wantedSteps are the steps that the wanted rows need. A package has to be
// added before it can be published.
func (s settings) wantedSteps() map[step]bool {
	wanted := map[step]bool{}
	for _, r := range rows {
		for _, step := range r.steps {
			if s.wants(r.name) {
				wanted[step] = true
			}
		}
	}
	if wanted[stepUpdate] {
		wanted[stepAdd] = true
	}
	return wanted
}

// wantsDirectory reports whether a row of what we publish into a directory is to
// be measured.
func (s settings) wantsDirectory() bool {
	return slices.ContainsFunc(rows, func(r row) bool { return r.directory && s.wants(r.name) })
}
