package mirrors

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

// UpstreamFile is a deferred file of a mirror.
type UpstreamFile struct {
	Path   string `json:"path" doc:"Below the upstream's root"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Listed bool   `json:"listed" doc:"Whether the newest state lists it; else only past states do"`
}

// UpstreamFiles lists the deferred files of a mirror, by path.
func (s *Service) UpstreamFiles(ctx context.Context, name string, p usecase.Page) (usecase.List[UpstreamFile], error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (usecase.List[UpstreamFile], error) {
		path, sum, err := upstreamPlace(p.After)
		if err != nil {
			return usecase.List[UpstreamFile]{}, err
		}
		c, err := s.k.Catalog.ByName(ctx, tx, catalog.Mirror, name)
		if err != nil {
			return usecase.List[UpstreamFile]{}, err
		}
		found, err := s.mirror.DeferredBy(ctx, tx, c.ID, path, sum, p.Size()+1)
		items := usecase.Map(found, func(d mirror.Deferred) UpstreamFile {
			return UpstreamFile{Path: d.Path, Size: d.Size, SHA256: d.SHA256.String(), Listed: d.Listed}
		})
		return usecase.PageOf(items, p.Size(), func(f UpstreamFile) string { return f.SHA256 + " " + f.Path }), err
	})
}

// upstreamPlace parses the start of a page: the digest and the path of the file before it.
func upstreamPlace(after string) (path string, sum digest.SHA256, err error) {
	if after == "" {
		return "", sum, nil
	}
	const hex = 2 * len(digest.SHA256{})
	if len(after) > hex && after[hex] == ' ' {
		if sum, err = digest.Parse(after[:hex]); err == nil {
			return after[hex+1:], sum, nil
		}
	}
	return "", sum, problem.New(problem.Invalid, "%.100q is not a place in this list", after).In("after").WithHint("send the next of the page before")
}
