package publishing

import (
	"slices"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/cli/command"
	"github.com/aptarium/aptarium/internal/compress"
)

// sourceUsage explains the flag --source.
const sourceUsage = "[COMPONENT=]mirror:NAME, repo:NAME or snapshot:NAME, with @TIME or #NUMBER to hold it at that state; may be given several times"

func defineSources(f command.Flags, sources *[]string) {
	f.Strings(sources, "source", sourceUsage, command.References)
}

// options are the options of a publication as flags.
type options struct {
	publications.PublishOptions
	formats []string
	sums    []string
}

// define defines the flags that set options.
func (s *options) define(f command.Flags) {
	o := &s.PublishOptions
	f.List(&o.Keys, "key", "key that signs, by name or fingerprint; may be given several times", command.Keys)
	f.Bool(&o.Unsigned, "unsigned", "sign nothing")
	f.String(&o.Origin, "origin", "Origin of Release")
	f.String(&o.Label, "label", "Label of Release")
	f.String(&o.Suite, "suite", "Suite of Release (default: the distribution)")
	f.String(&o.Codename, "codename", "Codename of Release (default: the distribution)")
	f.String(&o.Version, "release-version", "Version of Release")
	f.String(&o.Description, "description", "Description of Release")
	f.Bool(&o.NotAutomatic, "not-automatic", "NotAutomatic: clients install from it only on request")
	f.Bool(&o.ButAutomaticUpgrades, "but-automatic-upgrades", "ButAutomaticUpgrades: clients upgrade packages that came from it")
	f.Var((*command.Duration)(&o.ValidFor), "valid-for", "Valid-Until of Release lies so far ahead: 36h, 7d (default: none)")
	f.List(&o.Architectures, "architecture", "architecture to publish, and source for sources, several times or with commas (default: as the packages)")
	f.List(&s.formats, "formats", "compressions of the indexes: gz, zst, xz, bz2 (default: gz and zst)", command.OneOf("gz", "zst", "xz", "bz2"))
	f.List(&s.sums, "sums", "sums beside SHA-256: md5, sha1, sha512", command.OneOf("md5", "sha1", "sha512"))
	f.Bool(&o.Translations, "translations", "long descriptions in a Translation-en index, only their first lines in Packages")
	f.Int(&o.Patches, "pdiffs", "patches to the newest indexes from so many generations (Packages.diff)")
	f.String((*string)(&o.Contents), "contents", "Contents indexes, which apt-file reads: component, suite, both or none (default: none)",
		command.OneOf("component", "suite", "both", "none"))
	f.Bool(&o.Verbatim, "verbatim", "serve the upstream's own Release and indexes byte for byte, as it signed them")
	f.Bool(&o.NoByHash, "no-by-hash", "do not offer the indexes by hash (Acquire-By-Hash)")
	f.String(&o.Snapshots, "snapshots", "where apt finds past states: an address with @SNAPSHOTID@ in it that ends in a slash, or no (default: on this server, if its public_url is set)")
	f.String(&o.SignedBy, "signed-by", "Signed-By of Release: fingerprints that clients accept from then on")
	f.Bool(&o.MultiDist, "multi-dist", "packages in pool/DISTRIBUTION/, so that other distributions may have others of the same names")
	f.Bool(&o.DirectoryReleases, "directory-releases", "Suite, Codename and Signed-By in the small Release file beside each index too")
	f.Bool(&o.NamedByPlace, "named-by-place", "Origin and Label are PREFIX DISTRIBUTION, unless given")
}

// apply sets the given flags on options. Keys end that a publication is unsigned, and the reverse.
func (s *options) apply(r *command.Run, to *publications.PublishOptions) error {
	on := options{PublishOptions: *to}
	if err := r.Apply(on.define); err != nil {
		return err
	}
	if on.Contents == "none" {
		on.Contents = ""
	}
	if r.Given("formats") {
		on.Formats = nil
		for _, name := range on.formats {
			on.Formats = append(on.Formats, compress.Format(name))
		}
	}
	if r.Given("sums") {
		has := func(name string) bool { return slices.Contains(on.sums, name) }
		on.Sums.MD5, on.Sums.SHA1, on.Sums.SHA512 = has("md5"), has("sha1"), has("sha512")
	}
	if r.Given("key") {
		on.GnuPG, on.Unsigned = nil, s.Unsigned
	} else if on.Unsigned {
		on.Keys, on.GnuPG = nil, nil // keys of the signed releases before
	}
	*to = on.PublishOptions
	return nil
}

// signFlags are the flags about the keys of GnuPG that sign, beside our own keys.
type signFlags struct {
	publications.Signing
	passphraseFile string
}

func (s *signFlags) define(f command.Flags) {
	f.List(&s.Keys, "gpg-key", "key that signs, by name, fingerprint, key id or address: ours, or a key of the gpg of the server; may be given several times")
	f.String(&s.Keyring, "gpg-keyring", "GnuPG keyring of the server that has the keys (default: gpg's own)")
	f.String(&s.SecretKeyring, "gpg-secret-keyring", "GnuPG keyring of the server that has their secrets, for GnuPG 1")
	f.String(&s.passphraseFile, "passphrase-file", "file here with the passphrase of GnuPG's keys in its first line; the passphrase is not kept")
}

// signing returns who signs, and the secret; nil without any of the flags.
func (s *signFlags) signing(r *command.Run) (signing *publications.Signing, secret routes.Secret, err error) {
	if !r.GivenAny(s.define) {
		return nil, secret, nil
	}
	secret.Passphrase, err = r.Passphrase(s.passphraseFile)
	return &s.Signing, secret, err
}
