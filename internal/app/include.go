package app

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// IncludeOptions adjust IncludeChanges.
type IncludeOptions struct {
	// Replace takes packages out of the repo that have the same name, version and
	// architecture as a new one but other content.
	Replace         bool
	KeepFiles       bool // leave the files in the upload area
	AcceptUnsigned  bool // take .changes files without a signature
	IgnoreSignature bool // do not look whether a signature is good
	// Keyrings are armored public keys: a signature must be by one of them.
	Keyrings []string
}

// IncludeChanges takes uploads into a repo by their .changes files (Debian policy
// 5.5): by one file of the upload area, or by all of a directory when file is empty.
// The repo may be a template over the fields of the .changes file, such as
// {{.Distribution}}; it takes fields, texts, if, and the functions and, or, not, eq,
// ne and index.
//
// A .changes file must be signed by a key of the keyrings, and the repo's uploaders
// must let that key, or the file fails. Every file that it lists must lie beside it
// and match the size and all sums. Of these the packages are taken that are of its
// architectures and its source, or one of its binaries, or hold their debug symbols;
// each package for itself, as by ImportUploads, and all of one .changes file in one
// revision. The .changes file, the packages taken and, if none failed, all else that
// is listed leave the upload area, unless they are to be kept.
//
// What is wrong with a .changes file is told in the report. Errors are a repo that is
// not there (problem.NotFound) when it is no template, a template that cannot be, and
// names that lead elsewhere (problem.Invalid).
func (a *App) IncludeChanges(ctx context.Context, repo, dir, file string, o IncludeOptions) (ImportReport, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return ImportReport{}, err
	}
	defer a.hold("including uploads into repo:" + repo)()
	in := inclusion{app: a, options: o, report: emptyReport()}
	var err error
	if in.repo, err = parseRepoTemplate(repo); err != nil {
		return ImportReport{}, err
	}
	if in.repo.plain() {
		if _, err := a.repoNamed(ctx, repo); err != nil {
			return ImportReport{}, err
		}
	}
	if in.keys, err = readKeyrings(o.Keyrings); err != nil {
		return ImportReport{}, err
	}
	lookup := packageImport{packageReader: packageReader{app: a}}
	names, err := lookup.uploaded(ctx, dir, file)
	if err != nil {
		return ImportReport{}, err
	}
	in.add(lookup.report)
	for _, name := range names {
		if !strings.HasSuffix(name, ".changes") {
			continue
		}
		if err := in.include(ctx, name); err != nil {
			return ImportReport{}, err
		}
	}
	return in.report, nil
}

func emptyReport() ImportReport {
	return ImportReport{Warnings: []string{}, Added: []Package{}, Removed: []Package{}, Failed: []string{}}
}

func readKeyrings(armored []string) (*openpgp.Keyring, error) {
	var all []*openpgp.Keyring
	for _, text := range armored {
		if strings.TrimSpace(text) == "" {
			continue
		}
		k, err := openpgp.ReadKeys([]byte(text))
		if err != nil {
			return nil, problem.New(kindOr(err, problem.Invalid), "%w", err).In("keyrings")
		}
		all = append(all, k)
	}
	return openpgp.Merge(all...), nil
}

// inclusion carries one IncludeChanges.
type inclusion struct {
	app     *App
	options IncludeOptions
	repo    repoTemplate
	keys    *openpgp.Keyring
	report  ImportReport
}

// add joins the report of a part.
func (in *inclusion) add(part ImportReport) {
	in.report.Warnings = append(in.report.Warnings, part.Warnings...)
	in.report.Added = append(in.report.Added, part.Added...)
	in.report.Removed = append(in.report.Removed, part.Removed...)
	in.report.Failed = append(in.report.Failed, part.Failed...)
}

// include takes in what one .changes file lists. Only an error that is not the
// file's own comes back.
func (in *inclusion) include(ctx context.Context, name string) error {
	im, c, err := in.admit(ctx, name)
	if err == nil {
		err = in.gather(ctx, c, im)
	}
	if err != nil {
		return in.fail(name, err)
	}
	if err := in.takePackages(ctx, c, im); err != nil {
		return err
	}
	in.add(im.report)
	if in.options.KeepFiles {
		return nil
	}
	return in.app.uploads.Remove(in.spent(c, im))
}

// fail tells of a .changes file that is not taken; an error of the server comes back.
func (in *inclusion) fail(name string, err error) error {
	failed := packageImport{packageReader: packageReader{app: in.app}}
	if err := failed.failIf(err, name, "unable to process file %s: %v"); err != nil {
		return err
	}
	warning := fmt.Sprintf("unable to process file %s: %v", path.Base(name), err)
	if problem.Is(err, problem.Denied) {
		warning = err.Error() // which says it all
	}
	in.add(ImportReport{Warnings: []string{warning}, Failed: failed.report.Failed})
	return nil
}

// admit reads a .changes file, finds its repo, and asks whether the signers may.
func (in *inclusion) admit(ctx context.Context, name string) (*packageImport, *changesFile, error) {
	c, err := in.open(name)
	if err != nil {
		return nil, nil, err
	}
	repo, rules, err := in.repoOf(ctx, c)
	if err == nil && rules != nil {
		if err = rules.Allow(ctx, c.Changes, c.signed); problem.Is(err, problem.Denied) {
			err = problem.New(problem.Denied, "changes file skipped due to uploaders config: %s, keys %q: %w", path.Base(name), fingerprints(c.signed), err)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return newPackageImport(in.app, repo, in.options.Replace), c, nil
}

func fingerprints(signed []openpgp.Signature) []string {
	list := make([]string, len(signed))
	for i, s := range signed {
		list[i] = s.Fingerprint
	}
	return list
}

// changesFile is a .changes file whose signature counts.
type changesFile struct {
	name   string // its path in the upload area
	seen   upload.Seen
	signed []openpgp.Signature
	upload.Changes
	listed map[string]listedUpload // what it lists, checked and stored
}

// open reads a .changes file and looks at its signature.
func (in *inclusion) open(name string) (*changesFile, error) {
	f, err := in.app.uploads.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxList+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxList {
		return nil, tooLong(int64(len(text)))
	}
	c := &changesFile{name: name, seen: f.Seen(), listed: map[string]listedUpload{}}
	if text, err = in.verify(c, text); err != nil {
		return nil, err
	}
	read, err := debfile.ReadChanges(text)
	c.Changes = upload.Changes{Changes: read}
	return c, err
}

// verify gives the text that the signature stands for.
func (in *inclusion) verify(c *changesFile, text []byte) (signed []byte, err error) {
	switch {
	case !isSigned(text) && !in.options.AcceptUnsigned:
		return nil, problem.New(problem.Untrusted, ".changes file is not signed and unsigned processing hasn't been enabled")
	case !isSigned(text):
		return text, nil
	case in.options.IgnoreSignature:
		return openpgp.Cleartext(text)
	}
	signed, c.signed, err = openpgp.VerifyClearSigned(text, in.keys, openpgp.Policy{Now: in.app.Now()})
	return signed, err
}

// spent gives the files that have no more use in the upload area.
func (in *inclusion) spent(c *changesFile, im *packageImport) []upload.Seen {
	all := append(im.spent(), c.seen)
	for name, f := range c.listed {
		if len(im.report.Failed) == 0 || path.Ext(name) == ".buildinfo" {
			all = append(all, f.seen)
		}
	}
	return all
}
