package publish

import (
	"context"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// Contents selects the paths of a publication's Contents indexes, in which apt-file(1) and similar
// programs search the package of a file (https://wiki.debian.org/DebianRepository/Format).
type Contents string

// The paths of Contents indexes.
const (
	NoContents          Contents = ""
	ContentsByComponent Contents = "component" // dists/SUITE/COMPONENT/Contents-ARCH, as Debian has them
	ContentsBySuite     Contents = "suite"     // dists/SUITE/Contents-ARCH, as Ubuntu has them
	ContentsByBoth      Contents = "both"
)

func (c Contents) check() error {
	switch c {
	case NoContents, ContentsByComponent, ContentsBySuite, ContentsByBoth:
		return nil
	}
	return problem.New(problem.Invalid, "Contents indexes have no path %q", string(c)).In("contents").
		WithHint("choose component, suite or both, or leave it empty for none")
}

func (b *Builder) suite(ctx context.Context, tx *db.Tx, in Input, now map[string]bitset.Set) (*index.Suite, error) {
	o, distribution := in.Publication.Options, in.Publication.Distribution
	names := components(now)
	list := make([]index.Component, len(names))
	for i, c := range names {
		list[i] = index.Component{Name: c, Area: o.area(distribution, c), Set: now[c]}
	}
	return index.NewSuite(ctx, tx, b.Store.catalog, index.Options{
		Directory: "dists/" + distribution, Architectures: o.Architectures, Sums: o.Sums.kinds(), Formats: o.formats(),
		Translations:        o.Translations,
		ContentsByComponent: o.Contents == ContentsByComponent || o.Contents == ContentsByBoth,
		ContentsBySuite:     o.Contents == ContentsBySuite || o.Contents == ContentsByBoth,
		TempDir:             b.TempDir,
	}, list)
}

// indexes plans every index of the release, and returns its architectures.
func (b *Builder) indexes(ctx context.Context, tx *db.Tx, in Input, now map[string]bitset.Set) ([]index.Plan, []string, error) {
	suite, err := b.suite(ctx, tx, in, now)
	if err != nil {
		return nil, nil, err
	}
	plans := suite.Plans()
	if in.Rebuild {
		return plans, suite.Architectures(), nil
	}
	for i, p := range plans {
		if err := plans[i].Begin(ctx, tx, in.Publication.ID, p.Path); err != nil {
			return nil, nil, err
		}
	}
	return plans, suite.Architectures(), nil
}

// MissingFileLists returns the members whose lists of files must be stored in the
// catalog before the release can be built; none if it has no Contents indexes.
func (b *Builder) MissingFileLists(ctx context.Context, tx *db.Tx, in Input) (bitset.Set, error) {
	if in.Publication.Options.Contents == NoContents {
		return bitset.Set{}, nil
	}
	now, err := b.components(ctx, tx, in.Sources, in.Publication.Options.Components)
	if err != nil {
		return bitset.Set{}, err
	}
	suite, err := b.suite(ctx, tx, in, now)
	if err != nil {
		return bitset.Set{}, err
	}
	return suite.MissingFileLists(ctx, tx)
}
