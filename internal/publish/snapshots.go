package publish

import (
	"net/url"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

const (
	// SnapshotID is what apt replaces with the time that its user asks for, in the
	// field Snapshots of Release (apt_preferences(5) and apt-get(8), --snapshot).
	SnapshotID = "@SNAPSHOTID@"
	// NoSnapshots as [Options.Snapshots] leaves the field out.
	NoSnapshots = "no"
)

// checkSnapshots refuses an address that apt would not take.
func (o Options) checkSnapshots() error {
	if o.Snapshots == "" || o.Snapshots == NoSnapshots {
		return nil
	}
	u, err := url.Parse(o.Snapshots)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(o.Snapshots) > 1000 ||
		!strings.Contains(o.Snapshots, SnapshotID) || !strings.HasSuffix(o.Snapshots, "/") || strings.ContainsAny(o.Snapshots, " \t\r\n") {
		return problem.New(problem.Invalid, "%q is no address of past states", o.Snapshots).In("snapshots").
			WithHint("such as https://deb.example.org/archive/debian/@SNAPSHOTID@/, or no for none")
	}
	return nil
}

// ResolveSnapshots gives options that say where past states are: as they say
// already, else below the root of the tree of the prefix, if that has an address.
// So a Release stays a function of its options.
func (o Options) ResolveSnapshots(root string) Options {
	if o.Snapshots == "" && !o.Verbatim && root != "" {
		o.Snapshots = root + "/" + SnapshotID + "/"
	}
	return o
}

// ShownSnapshots gives the value of the field Snapshots; empty: there is none.
func (o Options) ShownSnapshots() string {
	if o.Snapshots == NoSnapshots {
		return ""
	}
	return o.Snapshots
}
