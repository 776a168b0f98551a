package dput

import (
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/pocket"
)

// uploadTarget is the pocket that an upload is for, with all that decides about it.
type uploadTarget struct {
	path          pockets.PocketPath
	group         string // the access group of the distribution
	collection    catalog.Collection
	siblings      []int64 // the collections of all pockets of the distribution, which share a pool
	publication   int64
	suite         string
	components    []string
	architectures []string
	udebs         bool
	unsigned      bool // takes uploads that nobody signed
	keys          *openpgp.Keyring
	keyNames      map[string]string // by fingerprint
}

// uploadTarget gathers what decides about uploads to a pocket. It asks for no
// permission: whose signature counts need not be known otherwise.
func (s *Service) uploadTarget(ctx context.Context, tx *db.Tx, path pockets.PocketPath) (uploadTarget, error) {
	d, err := s.pocket.Distribution(ctx, tx, path.Distribution)
	if err != nil {
		return uploadTarget{}, err
	}
	at, err := s.pockets.PocketIn(ctx, tx, d, path)
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

// uploaderKeys gives the keys that may sign uploads to a pocket, and their names by
// fingerprint.
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

// collectionsOf gives the collections of all pockets of a distribution.
func (svc *Service) collectionsOf(ctx context.Context, tx *db.Tx, d pocket.Distribution) (collections []int64, err error) {
	all, err := svc.pocket.AllSeries(ctx, tx, d)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		pockets, err := svc.pocket.All(ctx, tx, s)
		if err != nil {
			return nil, err
		}
		for _, p := range pockets {
			collections = append(collections, p.Collection)
		}
	}
	return collections, nil
}

// suites are the distributions that a .changes file may name: the suite, and for the
// pocket release, whose suite is the series alone, its name with the pocket's too.
func (t uploadTarget) suites() []string {
	return []string{t.suite, t.path.Series + "-" + t.path.Pocket}
}

// componentOf gives the component of a section such as contrib/net (Debian policy
// 2.4), if the pocket has it, else the pocket's first one.
func (t uploadTarget) componentOf(section string) string {
	if i := strings.LastIndexByte(section, '/'); i > 0 && slices.Contains(t.components, section[:i]) {
		return section[:i]
	}
	return t.components[0]
}

// same tells whether what decides about an upload is as it was.
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
	return true // what is new does no harm
}
