package publications

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

// PublicationDetail is a publication with the configuration of its clients.
type PublicationDetail struct {
	Publication
	Components  []string `json:"components"`
	SourcesFile string   `json:"sources_file" doc:"A deb822 .sources file for clients, with the key in it; for a past state, with the address of that state"`

	Snapshots              string `json:"snapshots,omitempty" doc:"Where apt finds past states, as in the newest Release"`
	SnapshotsConfiguration string `json:"snapshots_configuration,omitempty" doc:"The same as a line of apt.conf, for an apt that has not read this Release yet"`
}

// Get returns a publication.
func (s *Service) Get(ctx context.Context, prefix, distribution string) (PublicationDetail, error) {
	return s.detail(ctx, collections.Ref{Kind: collections.Published, Name: prefix, Distribution: distribution}, "")
}

// GetAt returns a publication as it was at a time (see [usecase.ParseInstant]): the release,
// its options and its sources. Its SourcesFile is for clients that need that state; if another
// server serves the publication, there is none.
func (s *Service) GetAt(ctx context.Context, prefix, distribution, time string) (PublicationDetail, error) {
	at, err := usecase.ParseInstant("at", time)
	if err != nil {
		return PublicationDetail{}, err
	}
	return s.detail(ctx, collections.Ref{Kind: collections.Published, Name: prefix, Distribution: distribution, At: at}, usecase.Stamp(at).Format(usecase.SnapshotForm))
}

// detail returns a state of a publication; then is its part of the address, empty for the
// current state.
func (s *Service) detail(ctx context.Context, ref collections.Ref, then string) (PublicationDetail, error) {
	return collections.ReadStates(ctx, s.collections, []collections.Ref{ref}, func(tx *db.Tx) (d PublicationDetail, err error) {
		p, r, err := s.collections.ResolveRelease(ctx, tx, ref)
		if err != nil {
			return d, err
		}
		if ref.Past() {
			p.Options, p.Sources, p.Staged, p.Head = r.Options, r.Sources, nil, r.Number
		}
		if d.Publication, err = s.show(ctx, tx, p); err != nil {
			return d, err
		}
		if r.Number > 0 {
			d.Packages, d.PublishedAt = r.Packages, usecase.Stamp(r.At)
			files, err := s.publish.Files(ctx, tx, p.ID, r.Number)
			if err != nil {
				return d, err
			}
			d.Components, d.Architectures = publish.Offers(p, files)
			d.Architectures = usecase.OrEmpty(d.Architectures)
			d.Snapshots = r.Options.ShownSnapshots()
			d.SnapshotsConfiguration = snapshotsConfiguration(d.Snapshots)
		}
		keys, err := s.clientKeys(ctx, tx, p)
		if err != nil || then != "" && p.Endpoint != publish.BuiltIn {
			return d, err
		}
		d.SourcesFile, err = s.sourcesFile(ctx, tx, p, then, d.Components, d.Architectures, keys)
		return d, err
	})
}

// snapshotsConfiguration returns the line of apt.conf(5) that states the address of a host's
// past states, for an apt that has not read a Release yet. It returns "" unless the part
// before the time is the path of the source: one line is for all publications of the host.
func snapshotsConfiguration(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !strings.HasSuffix(u.Path, "/"+publish.SnapshotID+"/") {
		return ""
	}
	return fmt.Sprintf("Acquire::Snapshots::URI::Host::%s \"%s://%s/@PATH@/%s/\";", u.Hostname(), u.Scheme, u.Host, publish.SnapshotID)
}
