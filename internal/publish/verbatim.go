package publish

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
)

// checkVerbatim refuses options that would change the upstream's signed files.
func (o Options) checkVerbatim() error {
	if !o.Verbatim {
		return nil
	}
	for _, option := range []struct {
		field string
		set   bool
	}{
		{"origin", o.Origin != ""}, {"label", o.Label != ""}, {"suite", o.Suite != ""}, {"codename", o.Codename != ""},
		{"version", o.Version != ""}, {"description", o.Description != ""},
		{"not_automatic", o.NotAutomatic}, {"but_automatic_upgrades", o.ButAutomaticUpgrades}, {"valid_for", o.ValidFor != 0},
		{"architectures", len(o.Architectures) > 0}, {"components", len(o.Components) > 0}, {"formats", len(o.Formats) > 0}, {"sums", o.Sums != Sums{}},
		{"translations", o.Translations}, {"pdiffs", o.Patches != 0}, {"contents", o.Contents != NoContents},
		{"no_by_hash", o.NoByHash}, {"signed_by", o.SignedBy != ""}, {"snapshots", o.Snapshots != ""}, {"multi_dist", o.MultiDist},
		{"directory_releases", o.DirectoryReleases}, {"named_by_place", o.NamedByPlace},
		{"keys", len(o.Keys) > 0}, {"gnupg", o.GnuPG != nil}, {"unsigned", o.Unsigned},
	} {
		if option.set {
			return problem.New(problem.Invalid, "a verbatim publication has its upstream's signed files, so %s cannot be set", option.field).In(option.field).
				WithHint("leave it out, or publish with a Release of our own: without verbatim")
		}
	}
	return nil
}

// checkVerbatimSources refuses sources that cannot be one upstream suite.
func checkVerbatimSources(sources []Source) error {
	switch {
	case len(sources) != 1:
		return problem.New(problem.Invalid, "a verbatim publication is one suite of one upstream, not %d sources", len(sources)).In("sources").
			WithHint("name one mirror or snapshot, or publish without verbatim")
	case sources[0].Component != "":
		return problem.New(problem.Invalid, "the components of a verbatim publication are the upstream's").In("sources").
			WithHint("leave out %s=", sources[0].Component)
	case sources[0].Kind == catalog.Repo:
		return problem.New(problem.Invalid, "a repo has no upstream whose Release could be published").In("sources").
			WithHint("name a verbatim mirror, or publish without verbatim")
	}
	return nil
}

// verbatim builds a release from the upstream's own files.
func (b *Builder) verbatim(ctx context.Context, tx *db.Tx, in Input) (Built, error) {
	set, err := b.Store.catalog.Set(ctx, tx, in.Sources[0].View())
	if err != nil {
		return Built{}, err
	}
	packages, err := b.Store.catalog.PackagesOf(ctx, tx, set)
	if err != nil {
		return Built{}, err
	}
	list, err := b.Store.catalog.Listings(ctx, tx, set.Minus(packages))
	if err != nil {
		return Built{}, err
	}
	if err := checkWhole(in.Sources[0], list, catalog.NameOfSet(packages)); err != nil {
		return Built{}, err
	}
	before := map[string]bitset.Set{}
	if in.Previous != nil {
		if before, err = b.areas(ctx, tx, in.Publication, *in.Previous); err != nil {
			return Built{}, err
		}
	}
	now, err := b.areas(ctx, tx, in.Publication, Release{Options: in.Publication.Options, Sources: in.Sources})
	if err != nil {
		return Built{}, err
	}
	out := Built{input: in, Packages: packages.Len(), Removed: removed(before, now)}
	if out.taken, err = b.checkPool(ctx, tx, in, now, before); err != nil {
		return Built{}, err
	}
	if out.Files, err = b.verbatimFiles(ctx, in.Publication, list); err != nil {
		return Built{}, err
	}
	return out, b.checkPaths(ctx, tx, in.Publication, out.Files)
}

// checkWhole refuses a collection that is not a whole upstream suite: it has no upstream Release,
// or packages that differ from it.
func checkWhole(source Source, list []catalog.Listed, packages digest.SHA256) error {
	begun := false
	names := map[string]bool{}
	for _, l := range list {
		if l.Type == catalog.Verbatim && names[l.Package.Name] {
			return problem.New(problem.Conflict, "%s:%s has several upstreams: it has %s twice", source.Kind, source.Name, l.Package.Name).In("sources").
				WithHint("publish without verbatim, with a Release of our own")
		}
		names[l.Package.Name] = true
	}
	for _, l := range list {
		of, noted := l.Package.Begins()
		if begun = begun || noted; noted && of != packages {
			return problem.New(problem.Conflict, "the packages of %s:%s differ from the upstream's Release", source.Kind, source.Name).In("sources").
				WithHint("publish the mirror itself, or a snapshot of all of it; or without verbatim, with a Release of our own")
		}
	}
	if !begun {
		return problem.New(problem.Conflict, "%s:%s has no Release of its upstream", source.Kind, source.Name).In("sources").
			WithHint("`aptarium mirror edit NAME --verbatim` makes the next sync keep it; or publish without verbatim")
	}
	return nil
}

// verbatimFiles returns the files below dists/, sorted by path.
func (b *Builder) verbatimFiles(ctx context.Context, p Publication, list []catalog.Listed) ([]File, error) {
	strong, err := b.strongSums(ctx, list)
	if err != nil {
		return nil, err
	}
	var files []File
	seen := map[string]bool{}
	for _, l := range list {
		if l.Type == catalog.Placed || len(l.Files) != 1 {
			continue
		}
		name, f := path.Join(l.Component, l.Package.Name), l.Files[0]
		if seen[name] {
			continue // an index item of several sections
		}
		seen[name] = true
		sums := digest.Sums{SHA256: f.SHA256.String(), SHA512: strong[name]}
		files = append(files, File{Path: "dists/" + p.Distribution + "/" + name, Size: f.Size, SHA256: f.SHA256, Sums: sums})
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// maxUpstreamRelease bounds the Release of an upstream.
const maxUpstreamRelease = 64 << 20

// strongSums returns the SHA-512 sums of the upstream's Release, if it has any: apt requests files
// by their strongest hash.
func (b *Builder) strongSums(ctx context.Context, list []catalog.Listed) (sums map[string]string, err error) {
	at := slices.IndexFunc(list, func(l catalog.Listed) bool { _, noted := l.Package.Begins(); return noted })
	r, err := b.Pool.Open(ctx, list[at].Files[0].SHA256)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", list[at].Package.Name, err)
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxUpstreamRelease))
	if err == nil && list[at].Package.Name == "InRelease" {
		text, err = openpgp.Cleartext(text)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", list[at].Package.Name, err)
	}
	stanza, err := deb822.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", list[at].Package.Name, err)
	}
	sums = map[string]string{}
	for sum, err := range deb822.ReleaseChecksums(stanza.Get("SHA512"), deb822.SHA512) {
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", list[at].Package.Name, err)
		}
		sums[string(sum.Name)] = string(sum.Sum)
	}
	return sums, nil
}
