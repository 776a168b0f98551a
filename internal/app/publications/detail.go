package publications

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

// PublicationDetail is a publication with what its clients need.
type PublicationDetail struct {
	Publication
	Components  []string `json:"components"`
	SourcesFile string   `json:"sources_file" doc:"A deb822 .sources file for clients, with the key in it; of a past state, with its address"`

	Snapshots              string `json:"snapshots,omitempty" doc:"Where apt finds past states, as the newest Release says it"`
	SnapshotsConfiguration string `json:"snapshots_configuration,omitempty" doc:"A line of apt.conf that says it to an apt that has not read this Release yet"`
}

// Publication gives one publication.
func (s *Service) Get(ctx context.Context, prefix, distribution string) (PublicationDetail, error) {
	return s.publicationDetail(ctx, collections.Ref{Kind: collections.Published, Name: prefix, Distribution: distribution}, "")
}

// PublicationThen gives a publication as it was at a time (see [ParseInstant]): the
// release of then, its options and its sources. Its SourcesFile is for clients that
// are to have what there was then; where another server serves it there is none.
func (s *Service) GetThen(ctx context.Context, prefix, distribution, time string) (PublicationDetail, error) {
	at, err := usecase.ParseInstant("at", time)
	if err != nil {
		return PublicationDetail{}, err
	}
	return s.publicationDetail(ctx, collections.Ref{Kind: collections.Published, Name: prefix, Distribution: distribution, At: at}, usecase.Stamp(at).Format(usecase.SnapshotForm))
}

// publicationDetail shows a state of a publication; then is its part of the
// address, empty for now.
func (s *Service) publicationDetail(ctx context.Context, ref collections.Ref, then string) (PublicationDetail, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return PublicationDetail{}, err
	}
	if err := s.collections.Settle(ctx, ref); err != nil {
		return PublicationDetail{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (d PublicationDetail, err error) {
		p, r, err := s.collections.ReleaseOf(ctx, tx, ref)
		if err != nil {
			return d, err
		}
		if ref.Past() {
			p.Options, p.Sources, p.Staged, p.Head = r.Options, r.Sources, nil, r.Number
		}
		if d.Publication, err = s.showPublication(ctx, tx, p); err != nil {
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

// snapshotsConfiguration writes the line of apt.conf(5) by which apt knows where
// the past of a host is before it has read a Release that says so. What comes
// before the time in the address must be the path of the source, or one line could
// not be for all publications of the host.
func snapshotsConfiguration(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !strings.HasSuffix(u.Path, "/"+publish.SnapshotID+"/") {
		return ""
	}
	return fmt.Sprintf("Acquire::Snapshots::URI::Host::%s \"%s://%s/@PATH@/%s/\";", u.Hostname(), u.Scheme, u.Host, publish.SnapshotID)
}
