package imports

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
	"github.com/aptarium/aptarium/internal/reprepro"
)

// openReprepro surveys a base directory of reprepro. Each codename becomes a repo, whose
// packages keep their components, and a publication at the root.
func (s *Service) openReprepro(in ImportPlan) (*foreign, error) {
	if in.Root == "" {
		return nil, problem.New(problem.Invalid, "reprepro's base directory is missing").In("root").WithHint("name it")
	}
	base, err := reprepro.Open(in.Root)
	if err != nil {
		return nil, err
	}
	f := &foreign{source: string(FromReprepro) + " " + filepath.Clean(in.Root)}
	if base.Program, err = exec.LookPath("reprepro"); err != nil {
		f.warn("the program reprepro is not installed: packages are read from the indexes below dists")
	}
	distributions, err := base.Distributions()
	if err != nil {
		return nil, err
	}
	packages := &repreproPackages{
		base: base, intake: s.intake,
		distributions: map[string]reprepro.Distribution{}, found: map[string]reprepro.Package{},
	}
	f.packages = packages
	for _, d := range distributions {
		f.addDistribution(d, in)
		packages.distributions["repo "+d.Codename] = d
	}
	return f, nil
}

// addDistribution adds a distribution of reprepro.
func (f *foreign) addDistribution(d reprepro.Distribution, in ImportPlan) {
	component := d.Components[0]
	if slices.Contains(d.Components, "main") {
		component = "main"
	}
	repo := &foreignCollection{
		subject: "repo " + d.Codename, title: d.Codename,
		as: catalog.Collection{
			Kind: catalog.Repo, Name: localName(d.Codename), Description: d.Description, Component: component, Distribution: d.Codename,
		},
	}
	if err := repos.CheckPlaces(component, d.Codename); err != nil {
		repo.reason = err.Error()
	}
	o := publications.PublishOptions{
		Origin: d.Origin, Label: d.Label, Suite: d.Suite, Codename: d.Codename, Version: d.Version, Description: d.Description,
		NotAutomatic: d.NotAutomatic, ButAutomaticUpgrades: d.ButAutomaticUpgrades, SignedBy: d.SignedBy,
		Architectures: d.Architectures, Sums: publish.Sums{MD5: true, SHA1: true}, Formats: []compress.Format{compress.Gzip},
		Unsigned: len(d.SignWith) == 0,
	}
	if d.Origin == "" && d.Label == "" {
		o.Snapshots = publish.NoSnapshots // they need a Label, and apt asks its user about a new one
	}
	if d.Contents {
		o.Contents = publish.ContentsByBoth
	}
	p := &foreignPublication{
		subject: "publication " + d.Codename, sources: map[string]*foreignCollection{"": repo}, signing: repreproSigning(d.SignWith),
		as: publications.NewPublication{Endpoint: publish.BuiltIn, Prefix: publish.Root, Distribution: d.Codename, Options: o},
	}
	if in.EndpointDirectory != "" {
		p.as.Endpoint = importEndpoint
	}
	if d.Suite != "" && d.Suite != d.Codename {
		f.warn("%[1]s is published under its codename: clients that name its suite %[2]s must name %[1]s", d.Codename, d.Suite)
	}
	f.collections, f.publications = append(f.collections, repo), append(f.publications, p)
}

// repreproSigning returns the keys that SignWith names; yes and default name none.
func repreproSigning(names []string) *publications.Signing {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return strings.EqualFold(name, "yes") || strings.EqualFold(name, "default")
	})
	if len(names) == 0 {
		return nil
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, "!") // ! selects exactly this subkey
	}
	return &publications.Signing{Keys: names}
}

// repreproPackages reads the packages of a reprepro.
type repreproPackages struct {
	base          *reprepro.Base
	intake        *intake.Intake
	distributions map[string]reprepro.Distribution
	found         map[string]reprepro.Package
}

func (p *repreproPackages) close() error { return nil }

// list implements packageSource. The keys are ours: in one component, reprepro never has two
// files of one version of a package.
func (p *repreproPackages) list(ctx context.Context, subject string) (keys []string, err error) {
	for found, err := range p.base.Packages(ctx, p.distributions[subject]) {
		if err != nil {
			return nil, err
		}
		kind := found.Type
		if kind == "dsc" {
			kind = string(catalog.Source)
		}
		key := repreproKey(found.Component, kind, found.Name, found.Version, found.Architecture)
		p.found[key] = found
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

func repreproKey(parts ...string) string { return strings.Join(parts, " ") }

func (p *repreproPackages) keyOf(s catalog.Summary) string {
	return repreproKey(s.Component, string(s.Type), s.Name, s.Version, s.Architecture)
}

// read implements packageSource. Sections and priorities are those of the distribution, which
// may override the package's own.
func (p *repreproPackages) read(ctx context.Context, key string, _ []string) ([]catalog.Entry, error) {
	found := p.found[key]
	file, err := p.file(ctx, found.Path)
	if err != nil {
		return nil, err
	}
	e, err := p.intake.Package(ctx, file, found.Component, func(ctx context.Context, want debfile.ListedFile) (catalog.File, error) {
		part, err := p.file(ctx, filepath.Join(filepath.Dir(found.Path), want.Name))
		if err == nil {
			err = intake.Check(part, want)
		}
		return part, err
	})
	if err == nil {
		err = checkFile(e, found.Name, found.Version, found.Architecture)
	}
	if err != nil {
		return nil, err
	}
	if found.Type == string(catalog.DDeb) {
		e.Type = catalog.DDeb
	}
	if found.Section != "" {
		e.Section = found.Section
	}
	if found.Priority != "" {
		e.Priority = found.Priority
	}
	return []catalog.Entry{e}, e.CheckListing()
}

// file adds a file to the pool, with every sum.
func (p *repreproPackages) file(ctx context.Context, path string) (catalog.File, error) {
	f := catalog.File{Name: filepath.Base(path)}
	from, err := os.Open(path)
	if err != nil {
		return f, problem.New(problem.NotFound, "%w", err).In(f.Name)
	}
	defer from.Close()
	h := digest.NewHasher(digest.Kinds{MD5: true, SHA1: true, SHA512: true})
	if _, err := io.Copy(h, blob.WithContext(ctx, from)); err != nil {
		return f, problem.New(problem.Invalid, "%w", err).In(f.Name)
	}
	sums := h.Sums()
	f.Size, f.SHA256, f.MD5, f.SHA1, f.SHA512 = h.Size(), h.SHA256(), sums.MD5, sums.SHA1, sums.SHA512
	return p.intake.Adopt(ctx, path, f)
}
