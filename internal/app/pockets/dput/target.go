package dput

import (
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/pocket"
)

// uploadTarget is the pocket of an upload, with its rules for uploads.
type uploadTarget struct {
	path          pocket.Path
	group         string // the access group of the distribution
	collection    catalog.Collection
	siblings      []int64 // the collections of all pockets of the distribution, which share pool/
	publication   int64
	suite         string
	components    []string
	architectures []string
	udebs         bool
	unsigned      bool // accepts unsigned uploads
	keys          *openpgp.Keyring
	keyNames      map[string]string // by fingerprint
}

// uploadTarget returns the rules for uploads to a pocket. It checks no permission: an uploader can
// be unknown except for a signature.
func (s *Service) uploadTarget(ctx context.Context, tx *db.Tx, path pocket.Path) (uploadTarget, error) {
	d, err := s.pocket.Distribution(ctx, tx, path.Distribution)
	if err != nil {
		return uploadTarget{}, err
	}
	at, err := s.pocket.In(ctx, tx, d, path)
	if err != nil {
		return uploadTarget{}, err
	}
	p := at.Pocket
	if err := p.Needs(pocket.Upload); err != nil {
		return uploadTarget{}, err
	}
	t := uploadTarget{
		path: path, suite: path.Suite(), group: at.Distribution.AccessGroup, publication: p.Publication,
		components: p.Components, architectures: p.Architectures, udebs: p.UDebs, unsigned: p.AllowUnsigned,
	}
	if t.collection, err = s.k.Catalog.ByID(ctx, tx, p.Collection); err != nil {
		return uploadTarget{}, err
	}
	if t.keys, t.keyNames, err = s.uploaderKeys(ctx, tx, p); err != nil {
		return uploadTarget{}, err
	}
	t.siblings, err = s.collectionsOf(ctx, tx, at.Distribution)
	return t, err
}

// uploaderKeys returns the keys that may sign uploads to a pocket, and their names by fingerprint.
func (s *Service) uploaderKeys(ctx context.Context, tx *db.Tx, p pocket.Pocket) (*openpgp.Keyring, map[string]string, error) {
	names := map[string]string{}
	var keyrings []*openpgp.Keyring
	for _, fingerprint := range p.Uploaders {
		k, err := s.keyring.Get(ctx, tx, fingerprint)
		if err != nil {
			return nil, nil, err
		}
		names[k.Fingerprint] = k.Name
		keyrings = append(keyrings, k.Public)
	}
	return openpgp.Merge(keyrings...), names, nil
}

// collectionsOf returns the collections of all pockets of a distribution.
func (s *Service) collectionsOf(ctx context.Context, tx *db.Tx, d pocket.Distribution) (collections []int64, err error) {
	all, err := s.pocket.AllSeries(ctx, tx, d)
	if err != nil {
		return nil, err
	}
	for _, series := range all {
		pockets, err := s.pocket.All(ctx, tx, series)
		if err != nil {
			return nil, err
		}
		for _, p := range pockets {
			collections = append(collections, p.Collection)
		}
	}
	return collections, nil
}

// suites returns the distributions that a .changes file may name: the suite and SERIES-POCKET. They
// differ for the pocket release, whose suite is only the series.
func (t uploadTarget) suites() []string {
	return []string{t.suite, t.path.Series + "-" + t.path.Pocket}
}

// componentOf returns the component of a section such as contrib/net (Debian policy 2.4), or the
// first component of the pocket if it lacks that one.
func (t uploadTarget) componentOf(section string) string {
	if i := strings.LastIndexByte(section, '/'); i > 0 && slices.Contains(t.components, section[:i]) {
		return section[:i]
	}
	return t.components[0]
}

// same reports whether the rules are still those of an earlier look.
func (t uploadTarget) same(was uploadTarget) bool {
	return t.collection.ID == was.collection.ID && t.publication == was.publication && t.suite == was.suite && t.udebs == was.udebs && t.unsigned == was.unsigned &&
		slices.Equal(t.components, was.components) && slices.Equal(t.architectures, was.architectures) && sameKeys(t.keyNames, was.keyNames)
}

func sameKeys(a, b map[string]string) bool {
	for fingerprint := range b {
		if _, there := a[fingerprint]; !there {
			return false
		}
	}
	return true // new keys do no harm
}
