package cli

import (
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/compress"
)

// publishFlags are what can be said about a publication.
type publishFlags struct {
	sources  []string
	options  publications.PublishOptions
	formats  []string
	sums     []string
	validFor duration
}

func (f *publishFlags) define(p *program, c *cobra.Command) {
	flags, o := c.Flags(), &f.options
	flags.StringArrayVar(&f.sources, "source", nil, "[COMPONENT=]mirror:NAME, repo:NAME or snapshot:NAME, with @TIME or #NUMBER behind it to hold it there; may be given several times")
	flags.StringSliceVar(&o.Keys, "key", nil, "key that signs, by name or fingerprint; may be given several times")
	flags.BoolVar(&o.Unsigned, "unsigned", false, "sign nothing")
	flags.StringVar(&o.Origin, "origin", "", "Origin of Release")
	flags.StringVar(&o.Label, "label", "", "Label of Release")
	flags.StringVar(&o.Suite, "suite", "", "Suite of Release (default: the distribution)")
	flags.StringVar(&o.Codename, "codename", "", "Codename of Release (default: the distribution)")
	flags.StringVar(&o.Version, "release-version", "", "Version of Release")
	flags.StringVar(&o.Description, "description", "", "Description of Release")
	flags.BoolVar(&o.NotAutomatic, "not-automatic", false, "NotAutomatic: clients install from it only when told to")
	flags.BoolVar(&o.ButAutomaticUpgrades, "but-automatic-upgrades", false, "ButAutomaticUpgrades: but they upgrade what they have from it")
	flags.Var(&f.validFor, "valid-for", "Valid-Until of Release lies so far ahead: 36h, 7d (default: none)")
	flags.StringSliceVar(&o.Architectures, "architecture", nil, "architecture to publish, and source for sources, several times or with commas (default: those of the packages)")
	flags.StringSliceVar(&f.formats, "formats", nil, "compressions of the indexes: gz, zst, xz, bz2 (default: gz and zst)")
	flags.StringSliceVar(&f.sums, "sums", nil, "sums beside SHA-256: md5, sha1, sha512")
	flags.BoolVar(&o.Translations, "translations", false, "long descriptions in a Translation-en index, only their first lines in Packages")
	flags.IntVar(&o.Patches, "pdiffs", 0, "patches to the newest indexes from so many generations (Packages.diff)")
	flags.StringVar((*string)(&o.Contents), "contents", "", "Contents indexes, which apt-file reads: component, suite, both or none (default: none)")
	flags.BoolVar(&o.Verbatim, "verbatim", false, "serve the upstream's own Release and indexes byte for byte, as it signed them")
	flags.BoolVar(&o.NoByHash, "no-by-hash", false, "do not offer the indexes by hash (Acquire-By-Hash)")
	flags.StringVar(&o.Snapshots, "snapshots", "", "where apt finds past states: an address with @SNAPSHOTID@ in it that ends in a slash, or no (default: on this server, if its public_url is set)")
	flags.StringVar(&o.SignedBy, "signed-by", "", "Signed-By of Release: fingerprints that clients accept from then on")
	flags.BoolVar(&o.MultiDist, "multi-dist", false, "packages in pool/DISTRIBUTION/, so that other distributions may have others of the same names")
	flags.BoolVar(&o.DirectoryReleases, "directory-releases", false, "Suite, Codename and Signed-By in the small Release file beside each index too")
	flags.BoolVar(&o.NamedByPlace, "named-by-place", false, "Origin and Label that are not given are PREFIX DISTRIBUTION")
	completeFlag(c, "source", p.references())
	completeFlag(c, "key", p.keyNames())
	completeFlag(c, "formats", oneOf("gz", "zst", "xz", "bz2"))
	completeFlag(c, "contents", oneOf("component", "suite", "both", "none"))
	completeFlag(c, "sums", oneOf("md5", "sha1", "sha512"))
}

// setters say how each flag changes the options. They come in any order; naming
// keys ends that a publication is unsigned.
func (f *publishFlags) setters(o *publications.PublishOptions) map[string]func() {
	g := &f.options
	return map[string]func(){
		"key":                    func() { o.Keys, o.GnuPG, o.Unsigned = g.Keys, nil, g.Unsigned },
		"unsigned":               func() { o.Unsigned = g.Unsigned },
		"verbatim":               func() { o.Verbatim = g.Verbatim },
		"no-by-hash":             func() { o.NoByHash = g.NoByHash },
		"snapshots":              func() { o.Snapshots = g.Snapshots },
		"signed-by":              func() { o.SignedBy = g.SignedBy },
		"multi-dist":             func() { o.MultiDist = g.MultiDist },
		"directory-releases":     func() { o.DirectoryReleases = g.DirectoryReleases },
		"named-by-place":         func() { o.NamedByPlace = g.NamedByPlace },
		"origin":                 func() { o.Origin = g.Origin },
		"label":                  func() { o.Label = g.Label },
		"suite":                  func() { o.Suite = g.Suite },
		"codename":               func() { o.Codename = g.Codename },
		"release-version":        func() { o.Version = g.Version },
		"description":            func() { o.Description = g.Description },
		"not-automatic":          func() { o.NotAutomatic = g.NotAutomatic },
		"but-automatic-upgrades": func() { o.ButAutomaticUpgrades = g.ButAutomaticUpgrades },
		"valid-for":              func() { o.ValidFor = time.Duration(f.validFor) },
		"architecture":           func() { o.Architectures = g.Architectures },
		"translations":           func() { o.Translations = g.Translations },
		"pdiffs":                 func() { o.Patches = g.Patches },
		"contents": func() {
			if o.Contents = g.Contents; o.Contents == "none" {
				o.Contents = ""
			}
		},
		"formats": func() {
			o.Formats = nil
			for _, name := range f.formats {
				o.Formats = append(o.Formats, compress.Format(name))
			}
		},
		"sums": func() {
			o.Sums.MD5, o.Sums.SHA1, o.Sums.SHA512 = slices.Contains(f.sums, "md5"), slices.Contains(f.sums, "sha1"), slices.Contains(f.sums, "sha512")
		},
	}
}

// changed tells whether a flag was given that changes the options.
func (f *publishFlags) changed(c *cobra.Command) bool {
	for flag := range f.setters(&publications.PublishOptions{}) {
		if c.Flags().Changed(flag) {
			return true
		}
	}
	return false
}

// apply changes options as the flags say that were given.
func (f *publishFlags) apply(c *cobra.Command, o *publications.PublishOptions) {
	for flag, set := range f.setters(o) {
		if c.Flags().Changed(flag) {
			set()
		}
	}
	if o.Unsigned && !c.Flags().Changed("key") {
		o.Keys, o.GnuPG = nil, nil // those of the signed releases before
	}
}
