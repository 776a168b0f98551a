package publications

import (
	"context"
	"strings"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// checkVerbatim refuses a verbatim publication of a mirror that does not keep its upstream's
// Release. Whether the mirror has the whole suite, only a build finds out.
func (s *Service) checkVerbatim(ctx context.Context, tx *db.Tx, p publish.Publication) error {
	if !p.Options.Verbatim || len(p.Sources) != 1 || p.Sources[0].Kind != catalog.Mirror {
		return nil
	}
	m, err := s.mirror.ByID(ctx, tx, p.Sources[0].Collection)
	if err != nil || m.Config.Verbatim {
		return err
	}
	return problem.New(problem.Conflict, "mirror:%s does not keep the Release of its upstream", m.Collection.Name).In("sources").
		WithHint("`aptarium mirror edit %s --verbatim` makes the next sync keep it; or publish without verbatim", m.Collection.Name)
}

// maxLineage bounds the number of snapshots between a snapshot and its mirror.
const maxLineage = 64

// upstreamKeys returns the keys that signed the files of a verbatim publication; nil if its
// mirror checks no signature, or none is known.
func (s *Service) upstreamKeys(ctx context.Context, tx *db.Tx, p publish.Publication) (*openpgp.Keyring, error) {
	if len(p.Sources) != 1 {
		return nil, nil
	}
	c, err := s.k.Catalog.ByID(ctx, tx, p.Sources[0].Collection)
	for range maxLineage {
		if err != nil {
			return nil, err
		}
		if c.Kind == catalog.Mirror {
			break
		}
		from, err := s.k.Catalog.MadeOf(ctx, tx, c.ID)
		if err != nil || len(from) != 1 {
			return nil, err
		}
		c = from[0]
	}
	m, err := s.mirror.ByID(ctx, tx, c.ID)
	if problem.Is(err, problem.NotFound) || err == nil && m.Config.Keyring == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	keys, err := openpgp.ReadKeys([]byte(m.Config.Keyring))
	if err != nil || len(m.State.SignedBy) == 0 {
		return keys, err
	}
	return keys.Only(m.State.SignedBy...), nil
}

// clientKeys returns the keys with which clients verify a publication.
func (s *Service) clientKeys(ctx context.Context, tx *db.Tx, p publish.Publication) (*openpgp.Keyring, error) {
	if p.Options.Verbatim {
		return s.upstreamKeys(ctx, tx, p)
	}
	return s.keys.PublicKeys(ctx, tx, p.Options)
}

// aside returns the place of a path that has neither dists nor pool at the usual position:
// upstreams of verbatim publications may have packages anywhere.
func (s *Service) aside(ctx context.Context, path string) (p place, found bool, err error) {
	path = strings.Trim(path, "/")
	prefix, err := usecase.View(ctx, s.k, func(tx *db.Tx) (string, error) { return s.publish.VerbatimAbove(ctx, tx, publish.BuiltIn, path) })
	if err != nil || prefix == "" {
		return place{}, false, err
	}
	if prefix == publish.Root {
		return place{prefix: prefix, path: path}, true, nil
	}
	return place{prefix: prefix, path: strings.TrimPrefix(path, prefix+"/")}, true, nil
}
