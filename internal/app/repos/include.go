package repos

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// IncludeOptions are the options of IncludeChanges.
type IncludeOptions struct {
	// Replace removes packages with the name, version and architecture of a new package, but
	// with other content.
	Replace         bool
	KeepFiles       bool // leave the files in the upload area
	AcceptUnsigned  bool // accept .changes files without a signature
	IgnoreSignature bool // do not verify signatures
	// Keyrings are armored public keys. One of them must have signed.
	Keyrings []string
}

// IncludeChanges adds the packages of .changes files (Debian policy 5.5) to a repo: of one file in
// the upload area, or of all in a directory if file is empty. The repo can be a template over the
// fields of the .changes file, such as {{.Distribution}}, with fields, texts, if, and the
// functions and, or, not, eq, ne and index.
//
// A key of the keyrings must have signed a .changes file, and the repo's uploaders must allow
// that key. All listed files must lie beside it and match the size and all sums. It adds the
// listed packages of its architectures that are its source, one of its binaries, or debug symbols
// of them; each counts alone, as for ImportUploads, and one .changes file makes one revision.
// Unless o.KeepFiles is set, the .changes file and the added packages leave the upload area, and
// if no package failed, all listed files do.
//
// The report names the faults of a .changes file. Errors are an unknown repo (problem.NotFound)
// that is no template, an invalid template, and names outside the area (problem.Invalid).
func (s *Service) IncludeChanges(ctx context.Context, repo, dir, file string, o IncludeOptions) (ImportReport, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return ImportReport{}, err
	}
	defer s.k.Hold("including uploads into repo:" + repo)()
	in := inclusion{s: s, options: o}
	var err error
	if in.repo, err = parseRepoTemplate(repo); err != nil {
		return ImportReport{}, err
	}
	if in.repo.plain() {
		if _, err := s.repoToFill(ctx, repo); err != nil {
			return ImportReport{}, err
		}
	}
	if in.keys, err = readKeyrings(o.Keyrings); err != nil {
		return ImportReport{}, err
	}
	found := s.newAreaImport()
	names, err := found.uploaded(ctx, dir, file)
	if err != nil {
		return ImportReport{}, err
	}
	in.add(found.report)
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

func readKeyrings(armored []string) (*openpgp.Keyring, error) {
	var all []*openpgp.Keyring
	for _, text := range armored {
		if strings.TrimSpace(text) == "" {
			continue
		}
		k, err := openpgp.ReadKeys([]byte(text))
		if err != nil {
			return nil, problem.New(problem.KindOf(err), "%w", err).In("keyrings")
		}
		all = append(all, k)
	}
	return openpgp.Merge(all...), nil
}

// inclusion is one call of IncludeChanges.
type inclusion struct {
	s       *Service
	options IncludeOptions
	repo    repoTemplate
	keys    *openpgp.Keyring
	report  ImportReport
}

// add adds the report of a part.
func (in *inclusion) add(part ImportReport) {
	in.report.Added = append(in.report.Added, part.Added...)
	in.report.Removed = append(in.report.Removed, part.Removed...)
	in.report.Failed = append(in.report.Failed, part.Failed...)
}

// include adds the packages of one .changes file. It reports an error that is due to the file, and
// returns any other.
func (in *inclusion) include(ctx context.Context, name string) error {
	c := &changesFile{name: name, area: in.s.newAreaImport(), listed: map[string]catalog.File{}}
	defer func() { in.add(c.area.report) }()
	repo, err := in.admit(ctx, c)
	if err == nil {
		err = c.gather(ctx)
	}
	if err != nil {
		failed := ImportFailure{Reason: ImportBadChanges, SignedBy: Fingerprints(c.signed)}
		if problem.Is(err, problem.Denied) {
			failed.Reason = ImportSignerMayNot
		}
		return c.area.failIf(err, name, failed)
	}
	if err := in.take(ctx, c, repo); err != nil || in.options.KeepFiles {
		return err
	}
	return c.area.clear()
}

// admit reads a .changes file, and returns its repo if the signers may upload to it.
func (in *inclusion) admit(ctx context.Context, c *changesFile) (repo catalog.Collection, err error) {
	if err := in.read(c); err != nil {
		return repo, err
	}
	name, err := in.repo.name(c.Stanza)
	if err != nil {
		return repo, err
	}
	rules, err := usecase.View(ctx, in.s.k, func(tx *db.Tx) (*upload.Uploaders, error) {
		if repo, err = in.s.k.Catalog.ByName(ctx, tx, catalog.Repo, name); err != nil {
			return nil, err
		}
		return in.s.uploaders.Uploaders(ctx, tx, repo.ID)
	})
	if err == nil && rules != nil {
		err = rules.Allow(ctx, c.Changes, c.signed)
	}
	return repo, err
}

// Fingerprints returns the keys of signatures.
func Fingerprints(signed []openpgp.Signature) []string {
	return usecase.Map(signed, func(s openpgp.Signature) string { return s.Fingerprint })
}

// ReasonUnsigned is the reason of the error for an unsigned .changes file.
const ReasonUnsigned problem.Reason = "changes.unsigned"

// changesFile is a .changes file at work.
type changesFile struct {
	name   string // its path in the upload area
	area   *areaImport
	signed []openpgp.Signature
	upload.Changes
	listed map[string]catalog.File // the listed files, checked and stored
}

// read reads a .changes file and verifies its signature.
func (in *inclusion) read(c *changesFile) error {
	f, err := c.area.open(c.name)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := intake.ReadText(f)
	if err != nil {
		return err
	}
	switch {
	case !intake.IsSigned(text):
		if !in.options.AcceptUnsigned {
			return problem.Because(problem.New(problem.Untrusted, "the .changes file is not signed"), ReasonUnsigned)
		}
	case in.options.IgnoreSignature:
		text, err = openpgp.Cleartext(text)
	default:
		text, c.signed, err = openpgp.VerifyClearSigned(text, in.keys, openpgp.Policy{Now: in.s.k.Now()})
	}
	if err == nil {
		c.Changes.Changes, err = debfile.ReadChanges(text)
	}
	return err
}

// gather checks and stores the files that a .changes file lists.
func (c *changesFile) gather(ctx context.Context) error {
	for _, want := range c.Files {
		f, err := c.area.fetch(ctx, path.Join(path.Dir(c.name), want.Name))
		if problem.Is(err, problem.NotFound) {
			return problem.New(problem.Invalid, "lists %s, which was not uploaded", want.Name).WithHint("upload it beside the .changes file")
		}
		if err == nil {
			err = intake.Check(f, want)
		}
		if err != nil {
			return err
		}
		c.listed[want.Name] = f
	}
	return nil
}

// fetch returns a listed file.
func (c *changesFile) fetch(_ context.Context, name string) (catalog.File, error) {
	f, ok := c.listed[path.Base(name)]
	if !ok {
		return f, problem.New(problem.NotFound, "the .changes file does not list %s", path.Base(name))
	}
	return f, nil
}

// take adds the packages among the listed files, sorted by name.
func (in *inclusion) take(ctx context.Context, c *changesFile, repo catalog.Collection) error {
	var packages []string
	for _, f := range c.Files {
		if intake.IsPackage(f.Name) {
			packages = append(packages, path.Join(path.Dir(c.name), f.Name))
		}
	}
	slices.Sort(packages)
	from := intake.Source{
		Component: collections.ComponentOf(repo), Fetch: c.fetch,
		Accepts: func(e catalog.Entry) bool { return intake.Belongs(c.Changes.Changes, e) },
	}
	detail := map[string]any{"changes": c.name, "replace": in.options.Replace, "signed_by": Fingerprints(c.signed)}
	if err := c.area.take(ctx, repo.Name, packages, from, in.options.Replace, "repo.include", detail); err != nil {
		return err
	}
	c.area.spent = append(c.area.spent, c.name)
	for name := range c.listed {
		if len(c.area.report.Failed) == 0 || path.Ext(name) == ".buildinfo" {
			c.area.spent = append(c.area.spent, path.Join(path.Dir(c.name), name))
		}
	}
	return nil
}
