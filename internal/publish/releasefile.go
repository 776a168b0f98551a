package publish

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// releaseDate is the form of Date and Valid-Until: RFC 5322 with the zone named,
// always UTC (https://wiki.debian.org/DebianRepository/Format).
const releaseDate = "Mon, 02 Jan 2006 15:04:05 UTC"

// suiteAndCodename returns the fields Suite and Codename of Release. By default, both are the
// distribution's whole path, such as stable/updates.
func (p Publication) suiteAndCodename() (suite, codename string) {
	return cmp.Or(p.Options.Suite, p.Distribution), cmp.Or(p.Options.Codename, p.Distribution)
}

// originAndLabel returns the fields Origin and Label of Release. Without either, apt ignores
// Snapshots (seen with 3.0.3), so a publication that may have a past always has a Label: a later
// change would make every client ask its user.
func (p Publication) originAndLabel() (origin, label string) {
	origin, label = p.Options.Origin, p.Options.Label
	if p.Options.NamedByPlace {
		origin, label = cmp.Or(origin, p.Ref()), cmp.Or(label, p.Ref())
	}
	if origin == "" && label == "" && p.Options.Snapshots != NoSnapshots {
		label = p.Ref()
	}
	return origin, label
}

// validUntil returns the Valid-Until of a Release dated at; zero: for ever. A Release with
// Signed-By must expire, or apt refuses it (apt-secure(8)), so it expires in the far future.
func (o Options) validUntil(at time.Time) time.Time {
	switch {
	case o.ValidFor > 0:
		return at.Add(o.ValidFor)
	case o.SignedBy != "":
		return at.AddDate(100, 0, 0)
	}
	return time.Time{}
}

// releaseText writes the Release file over the files below the distribution.
func releaseText(in Input, files []File, components, architectures []string) []byte {
	o := in.Publication.Options
	suite, codename := in.Publication.suiteAndCodename()
	var b []byte
	origin, label := in.Publication.originAndLabel()
	b = index.AppendField(b, "Origin", origin)
	b = index.AppendField(b, "Label", label)
	b = index.AppendField(b, "Suite", suite)
	b = index.AppendField(b, "Version", o.Version)
	b = index.AppendField(b, "Codename", codename)
	b = index.AppendField(b, "Date", in.At.UTC().Format(releaseDate))
	if until := o.validUntil(in.At); !until.IsZero() {
		b = index.AppendField(b, "Valid-Until", until.UTC().Format(releaseDate))
	}
	b = appendYes(b, "NotAutomatic", o.NotAutomatic)
	b = appendYes(b, "ButAutomaticUpgrades", o.ButAutomaticUpgrades)
	b = appendYes(b, "Acquire-By-Hash", !o.NoByHash)
	b = index.AppendField(b, "Snapshots", o.ShownSnapshots())
	b = index.AppendField(b, "Signed-By", o.SignedBy)
	b = index.AppendField(b, "Architectures", strings.Join(architectures, " "))
	b = index.AppendField(b, "Components", strings.Join(components, " "))
	b = index.AppendField(b, "Description", o.Description)
	base := "dists/" + in.Publication.Distribution + "/"
	sorted := slices.SortedFunc(slices.Values(files), func(x, y File) int { return strings.Compare(x.Path, y.Path) })
	list := func(field string, want bool, sum func(digest.Sums) string) {
		if !want {
			return
		}
		b = append(b, field+":\n"...)
		for _, f := range sorted {
			if index.IsPatch(f.Path) {
				continue
			}
			b = fmt.Appendf(b, " %s %*d %s\n", sum(f.Sums), 8, f.Size, strings.TrimPrefix(f.Path, base))
		}
	}
	list("MD5Sum", o.Sums.MD5, func(s digest.Sums) string { return s.MD5 })
	list("SHA1", o.Sums.SHA1, func(s digest.Sums) string { return s.SHA1 })
	list("SHA256", true, func(s digest.Sums) string { return s.SHA256 })
	list("SHA512", o.Sums.SHA512, func(s digest.Sums) string { return s.SHA512 })
	return b
}

func appendYes(b []byte, name string, yes bool) []byte {
	if yes {
		return index.AppendField(b, name, "yes")
	}
	return b
}

// componentRelease returns the small Release file of one index, which the installer reads.
func componentRelease(p Publication, component, architecture string) []byte {
	suite, codename := p.suiteAndCodename()
	origin, label := p.originAndLabel()
	var b []byte
	b = index.AppendField(b, "Archive", suite)
	b = index.AppendField(b, "Origin", origin)
	b = index.AppendField(b, "Label", label)
	b = index.AppendField(b, "Version", p.Options.Version)
	b = appendYes(b, "Acquire-By-Hash", !p.Options.NoByHash)
	if p.Options.DirectoryReleases {
		b = index.AppendField(b, "Suite", suite)
		b = index.AppendField(b, "Codename", codename)
		b = index.AppendField(b, "Signed-By", p.Options.SignedBy)
	}
	b = index.AppendField(b, "Component", component)
	return index.AppendField(b, "Architecture", architecture)
}

// Offers returns the components and architectures of a release's indexes. The architectures include
// "source" if the release lists sources.
func Offers(p Publication, files []File) (components, architectures []string) {
	base := "dists/" + p.Distribution + "/"
	for _, f := range files {
		text := textPath(strings.TrimPrefix(f.Path, base)) // a verbatim release may have only compressed forms
		path, index := strings.CutSuffix(text, "/Packages")
		if !index {
			path, index = strings.CutSuffix(text, "/Sources")
		}
		cut := strings.LastIndexByte(path, '/')
		component := path[:max(cut, 0)]
		if !index || strings.HasSuffix(component, "/debian-installer") {
			continue
		}
		components = append(components, component)
		architectures = append(architectures, strings.TrimPrefix(path[cut+1:], "binary-"))
	}
	slices.SortFunc(components, compareComponents)
	slices.Sort(architectures)
	return slices.Compact(components), slices.Compact(architectures)
}
