package publish

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish/index"
)

// Sums selects the sums that a release lists besides SHA-256.
type Sums struct {
	MD5    bool `json:"md5,omitempty"`
	SHA1   bool `json:"sha1,omitempty"`
	SHA512 bool `json:"sha512,omitempty"`
}

func (s Sums) kinds() digest.Kinds { return digest.Kinds{MD5: s.MD5, SHA1: s.SHA1, SHA512: s.SHA512} }

// Options describe a publication's releases. The fields of Release are documented at
// https://wiki.debian.org/DebianRepository/Format.
type Options struct {
	Origin               string            `json:"origin,omitempty"`
	Label                string            `json:"label,omitempty"`
	Suite                string            `json:"suite,omitempty"`    // default: the distribution
	Codename             string            `json:"codename,omitempty"` // default: the distribution
	Version              string            `json:"version,omitempty"`
	Description          string            `json:"description,omitempty"`
	NotAutomatic         bool              `json:"not_automatic,omitempty"`
	ButAutomaticUpgrades bool              `json:"but_automatic_upgrades,omitempty"`
	ValidFor             time.Duration     `json:"valid_for,omitempty"` // 0: no Valid-Until
	Architectures        []string          `json:"architectures,omitempty" doc:"Empty: those of the packages. With source among them sources are listed"`
	Components           []string          `json:"components,omitempty" doc:"Those that are listed, also while no package is in them; empty: those of the packages"`
	Formats              []compress.Format `json:"formats,omitempty"` // empty: gz and zst
	Sums                 Sums              `json:"sums,omitzero"`
	Translations         bool              `json:"translations,omitempty" doc:"Long descriptions in a Translation-en index, and only their first lines in Packages"`
	Patches              int               `json:"pdiffs,omitempty" doc:"From how many of the last generations there are patches to the newest index (Packages.diff)"`
	Contents             Contents          `json:"contents,omitempty" doc:"Where there are Contents indexes, which apt-file reads: component, suite or both; empty: nowhere"`
	NoByHash             bool              `json:"no_by_hash,omitempty" doc:"Release does not offer Acquire-By-Hash"`
	Snapshots            string            `json:"snapshots,omitempty" doc:"Snapshots of Release, with which apt reads past states: an address with @SNAPSHOTID@ in it that ends in a slash; no: none; empty: that of this server, if its public_url is set"`
	SignedBy             string            `json:"signed_by,omitempty" doc:"Signed-By of Release: fingerprints of the keys that clients accept from now on. With it Valid-Until is in a hundred years, if not said otherwise"`
	MultiDist            bool              `json:"multi_dist,omitempty" doc:"Packages are in pool/DISTRIBUTION/, so that other publications of the prefix may have others of the same names"`
	DirectoryReleases    bool              `json:"directory_releases,omitempty" doc:"The small Release file beside each index tells all that it is of: Suite, Codename and Signed-By too"`
	NamedByPlace         bool              `json:"named_by_place,omitempty" doc:"Origin and Label that are not given are PREFIX DISTRIBUTION in Release"`
	Keys                 []string          `json:"keys,omitempty"` // fingerprints of the signing keys; empty: the default key, unless GnuPG has keys
	GnuPG                *GnuPG            `json:"gnupg,omitempty" doc:"Keys that sign through the gpg program of the server"`
	Unsigned             bool              `json:"unsigned,omitempty"`
	Verbatim             bool              `json:"verbatim,omitempty" doc:"Serve the upstream's own Release and indexes byte for byte, as it signed them; the one source is a mirror that keeps them, or a snapshot of one, and no other option can be set"`
}

// GnuPG names keys that sign through the gpg program, and their keyrings. No passphrase is stored:
// each command that needs one must pass it.
type GnuPG struct {
	Keys           []string `json:"keys" doc:"Fingerprints"`
	Keyring        string   `json:"keyring,omitempty" doc:"A keyring of the GnuPG home, or an absolute path; empty: the default one"`
	SecretKeyring  string   `json:"secret_keyring,omitempty" doc:"Of GnuPG 1; later ones have all secrets in their home"`
	PassphraseFile string   `json:"passphrase_file,omitempty" doc:"A file of the server in which the passphrase is"`
	Certificates   string   `json:"certificates,omitempty" doc:"The public keys, armored"`
}

// formats returns the compressions of the indexes.
func (o Options) formats() []compress.Format {
	if len(o.Formats) == 0 {
		return []compress.Format{compress.Gzip, compress.Zstd}
	}
	return o.Formats
}

var (
	// Distributions appear in paths and in sources lists; a "/" is allowed inside, as in
	// stable/updates, but not at the end (sources.list(5)).
	distributionPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+~-]*(/[A-Za-z0-9][A-Za-z0-9._+~-]*)*$`)
	prefixPattern       = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9._+~-]*)(/[A-Za-z0-9_][A-Za-z0-9._+~-]*)*$`)
	// instantPattern matches times, which cannot be parts of a prefix.
	instantPattern = regexp.MustCompile(`^[0-9]{8}(T([0-9]{2}){0,3})?Z?$`)
)

// CheckPlace refuses prefixes and distributions that look like other parts of a URL.
func CheckPlace(prefix, distribution string) error {
	if len(prefix) > 200 || prefix != Root && !prefixPattern.MatchString(prefix) {
		return problem.New(problem.Invalid, "%q is not a prefix", prefix).In("prefix").
			WithHint("use names of letters, digits and . _ + ~ -, separated by single slashes, such as debian or team/tools, or . for the root")
	}
	for part := range strings.SplitSeq(prefix, "/") {
		if part == "dists" || part == "pool" || IsInstant(part) {
			return problem.New(problem.Invalid, "a prefix may not have the part %q", part).In("prefix").
				WithHint("choose another name: dists, pool and times such as 20261120T120000Z have a meaning below a prefix")
		}
	}
	if len(distribution) > 200 || !distributionPattern.MatchString(distribution) {
		return problem.New(problem.Invalid, "%q is not a distribution", distribution).In("distribution").
			WithHint("use letters, digits and . _ + ~ -, such as bookworm or stable/updates")
	}
	for part := range strings.SplitSeq(distribution, "/") {
		if part == "by-hash" {
			return problem.New(problem.Invalid, "a distribution may not have the part %q", part).In("distribution")
		}
	}
	return nil
}

// IsInstant reports whether a part of a URL has the form of a time: 20261120T120000Z, or a shorter
// form with at least the day, as users of apt may type it.
func IsInstant(part string) bool { return instantPattern.MatchString(part) }

// CheckComponent refuses names of components that cannot be part of a path.
func CheckComponent(field, component string) error {
	if len(component) > 100 || !distributionPattern.MatchString(component) || slices.Contains(strings.Split(component, "/"), "by-hash") {
		return problem.New(problem.Invalid, "%q is not a component", component).In(field).
			WithHint("use letters, digits and . _ + ~ -, such as main or non-free-firmware")
	}
	return nil
}

// Check refuses options whose releases clients could not read.
func (o Options) Check() error {
	for _, text := range []struct{ field, value string }{
		{"origin", o.Origin}, {"label", o.Label}, {"suite", o.Suite}, {"codename", o.Codename},
		{"version", o.Version}, {"description", o.Description}, {"signed_by", o.SignedBy},
	} {
		if len(text.value) > 1000 || strings.ContainsFunc(text.value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return problem.New(problem.Invalid, "must be one line of at most 1000 characters").In(text.field)
		}
	}
	for _, name := range []struct{ field, value string }{{"suite", o.Suite}, {"codename", o.Codename}} {
		if name.value != "" && !distributionPattern.MatchString(name.value) {
			return problem.New(problem.Invalid, "%q is not the name of a suite", name.value).In(name.field).
				WithHint("use letters, digits and . _ + ~ -, such as stable or bookworm")
		}
	}
	for _, a := range o.Architectures {
		wildcard := a == "any" || strings.HasPrefix(a, "any-") || strings.HasSuffix(a, "-any")
		if !deb.ValidArchitectureName(a) || wildcard {
			return problem.New(problem.Invalid, "%q is not an architecture", a).In("architectures").
				WithHint("name them as dpkg does, such as amd64 or arm64, and source to list sources")
		}
	}
	for _, c := range o.Components {
		if err := CheckComponent("components", c); err != nil {
			return err
		}
	}
	for i, f := range o.Formats {
		if !index.Compresses(f) || slices.Contains(o.Formats[:i], f) {
			return problem.New(problem.Invalid, "%q cannot be used", f).In("formats").WithHint("choose among gz, zst, xz and bz2, each once")
		}
	}
	if err := o.checkVerbatim(); err != nil {
		return err
	}
	return o.checkContent()
}

// checkContent refuses impossible options of the files and signatures.
func (o Options) checkContent() error {
	if o.Patches < 0 || o.Patches > MaxPatches {
		return problem.New(problem.Invalid, "patches from %d generations cannot be kept", o.Patches).In("pdiffs").WithHint("choose a number from 0, for none, to %d", MaxPatches)
	}
	if err := o.Contents.check(); err != nil {
		return err
	}
	if err := o.checkSnapshots(); err != nil {
		return err
	}
	if o.ValidFor < 0 || o.ValidFor > 0 && o.ValidFor < time.Minute {
		return problem.New(problem.Invalid, "%s is too short", o.ValidFor).In("valid_for").WithHint("choose at least a minute, or 0 for no end")
	}
	if o.Unsigned && (len(o.Keys) > 0 || o.GnuPG != nil) {
		return problem.New(problem.Invalid, "an unsigned publication has no keys").In("keys").WithHint("leave out one of the two")
	}
	return nil
}
