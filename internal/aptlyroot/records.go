package aptlyroot

import (
	"iter"
	"time"

	"github.com/ugorji/go/codec"
)

// Repo is a local repo of aptly: the record L and its UUID.
type Repo struct {
	UUID                string
	Name                string
	Comment             string
	DefaultDistribution string
	DefaultComponent    string
	// Uploaders are rules of who may upload what; nil when there are none.
	Uploaders *Uploaders
}

// Uploaders are rules of who may upload what, of which only the number is read.
type Uploaders struct{ Rules []codec.Raw }

// Repos returns the repos. An error is about one record, and does not end the sequence.
func (r *Root) Repos() iter.Seq2[Repo, error] { return each[Repo](r, "L") }

// Mirror is a mirror of aptly: the record R and its UUID.
type Mirror struct {
	UUID                  string
	Name                  string
	ArchiveRoot           string // a URL that ends in a slash
	Distribution          string // a flat one ends in a slash, or is empty
	Components            []string
	Architectures         []string
	DownloadSources       bool
	DownloadUdebs         bool
	DownloadInstaller     bool
	DownloadAppStream     bool
	Filter                string
	FilterWithDeps        bool
	SkipComponentCheck    bool
	SkipArchitectureCheck bool
	Meta                  map[string]string // the fields of Release except its sums
	LastDownloadDate      time.Time         // zero before the first update
}

// Mirrors returns the mirrors. An error is about one record, and does not end the sequence.
func (r *Root) Mirrors() iter.Seq2[Mirror, error] {
	type record struct {
		Mirror
		LastDownloadDate codec.Raw
	}
	return func(yield func(Mirror, error) bool) {
		for m, err := range each[record](r, "R") {
			if err == nil {
				m.Mirror.LastDownloadDate, err = r.moment("R"+m.UUID, m.LastDownloadDate)
			}
			if !yield(m.Mirror, err) {
				return
			}
		}
	}
}

// The kinds of the sources of snapshots and publications.
const (
	FromMirror   = "repo" // aptly's own word
	FromRepo     = "local"
	FromSnapshot = "snapshot"
)

// Snapshot is a snapshot of aptly: the record S and its UUID.
type Snapshot struct {
	UUID        string
	Name        string
	CreatedAt   time.Time
	SourceKind  string // FromMirror, FromRepo or FromSnapshot
	SourceIDs   []string
	Description string

	// Of the mirror that it was made from, as Release has them.
	Origin               string
	NotAutomatic         string
	ButAutomaticUpgrades string
}

// Snapshots returns the snapshots. An error is about one record, and does not end the sequence.
func (r *Root) Snapshots() iter.Seq2[Snapshot, error] {
	type record struct {
		Snapshot
		CreatedAt codec.Raw
	}
	return func(yield func(Snapshot, error) bool) {
		for s, err := range each[record](r, "S") {
			if err == nil {
				s.Snapshot.CreatedAt, err = r.moment("S"+s.UUID, s.CreatedAt)
			}
			if !yield(s.Snapshot, err) {
				return
			}
		}
	}
}

// Publication is what aptly publishes at one place: the record U and
// [STORAGE:]PREFIX>>DISTRIBUTION.
type Publication struct {
	UUID                 string
	Storage              string // empty, or such as filesystem:NAME
	Prefix               string // . for the root
	Distribution         string
	Origin               string
	Label                string
	Suite                string
	Codename             string
	Version              string
	NotAutomatic         string // yes, or empty
	ButAutomaticUpgrades string // yes, or empty
	SignedBy             string
	Architectures        []string
	SourceKind           string            // FromRepo or FromSnapshot
	Sources              map[string]string // UUIDs by component
	SkipContents         bool
	SkipBz2              bool
	AcquireByHash        bool
	MultiDist            bool
}

// Publications returns the publications. An error is about one record, and does not end the sequence.
func (r *Root) Publications() iter.Seq2[Publication, error] {
	type record struct {
		Publication
		Component    string // before aptly 0.6 there was one
		SnapshotUUID string
	}
	return func(yield func(Publication, error) bool) {
		for p, err := range each[record](r, "U") {
			if p.SourceKind == "" {
				p.SourceKind = FromSnapshot // before aptly 0.6 there was nothing else
			}
			if len(p.Sources) == 0 && p.SnapshotUUID != "" {
				p.Sources = map[string]string{p.Component: p.SnapshotUUID}
			}
			if !yield(p.Publication, err) {
				return
			}
		}
	}
}

// moment reads a time: as MessagePack has it, in the bytes that aptly's library
// writes without extensions, or in those of time.Time, as old ones did.
func (r *Root) moment(key string, raw codec.Raw) (time.Time, error) {
	var at time.Time
	if len(raw) == 0 {
		return at, nil
	}
	err := r.decode([]byte(key), raw, &at)
	if err == nil {
		return at.UTC(), nil
	}
	var old []byte
	if r.decode([]byte(key), raw, &old) == nil && at.UnmarshalBinary(old) == nil {
		return at.UTC(), nil
	}
	return time.Time{}, err
}
