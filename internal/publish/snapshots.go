package publish

import (
	"net/url"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

const (
	// SnapshotID is the text in the field Snapshots of Release that apt replaces by the wanted time
	// (apt_preferences(5) and apt-get(8), --snapshot).
	SnapshotID = "@SNAPSHOTID@"
	// NoSnapshots is the value of [Options.Snapshots] that omits the field.
	NoSnapshots = "no"
)

// checkSnapshots refuses an address that apt would not accept.
func (o Options) checkSnapshots() error {
	if o.Snapshots == "" || o.Snapshots == NoSnapshots {
		return nil
	}
	u, err := url.Parse(o.Snapshots)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(o.Snapshots) > 1000 ||
		!strings.Contains(o.Snapshots, SnapshotID) || !strings.HasSuffix(o.Snapshots, "/") || strings.ContainsAny(o.Snapshots, " \t\r\n") {
		return problem.New(problem.Invalid, "%q is not an address of past states", o.Snapshots).In("snapshots").
			WithHint("write a URL such as https://deb.example.org/archive/debian/@SNAPSHOTID@/, or no to omit the field")
	}
	return nil
}

// ResolveSnapshots returns the options with the address of past states: their own, else below the
// root of the prefix, if it has an address. So a Release stays a function of its options.
func (o Options) ResolveSnapshots(root string) Options {
	if o.Snapshots == "" && !o.Verbatim && root != "" {
		o.Snapshots = root + "/" + SnapshotID + "/"
	}
	return o
}

// ShownSnapshots returns the value of the field Snapshots, or "" without the field.
func (o Options) ShownSnapshots() string {
	if o.Snapshots == NoSnapshots {
		return ""
	}
	return o.Snapshots
}
