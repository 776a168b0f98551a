package main

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
}

// Rows that are no sums of steps.
const (
	rowServed = "served"
	rowGrowth = "growth"
)

var rows = []row{
	{"first-sync", "first sync over loopback", []step{stepSync}},
	{"first-publish", "first publish", []step{stepPublish}},
	{"first-sync-and-publish", "first sync and publish", []step{stepSync, stepPublish}},
	{"nothing-new", "sync, nothing new", []step{stepResync}},
	{"publish-one", "publish after one added package", []step{stepUpdate}},
	{"add-and-publish", "add one package and publish", []step{stepAdd, stepUpdate}},
	{"snapshot", "snapshot", []step{stepSnapshot}},
}

// rowNames lists what -only takes.
func rowNames() (names []string) {
	for _, r := range rows {
		names = append(names, r.name)
	}
	return append(names, rowServed, rowGrowth)
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
