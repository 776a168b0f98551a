package imports

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/aptlyroot"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// aptlySurvey collects the content of an aptly.
type aptlySurvey struct {
	*foreign
	root   *aptlyroot.Root
	config aptlyroot.Config
	plan   ImportPlan
	gnupg  gnupg.Program
	byUUID map[string]*foreignCollection
}

// openAptly opens the root directory of an aptly and surveys it.
func (s *Service) openAptly(ctx context.Context, in ImportPlan) (*foreign, error) {
	config, err := aptlyConfig(in)
	if err != nil {
		return nil, err
	}
	root, err := aptlyroot.Open(config)
	if err != nil {
		return nil, err
	}
	survey := aptlySurvey{
		foreign: &foreign{source: string(FromAptly), packages: &aptlyPackages{root: root, intake: s.intake}},
		root:    root, config: config, plan: in, gnupg: s.k.Settings.GnuPG, byUUID: map[string]*foreignCollection{},
	}
	survey.addRepos()
	if err := survey.addMirrors(ctx); err != nil {
		_ = root.Close() // it was only read
		return nil, err
	}
	survey.addSnapshots()
	survey.addPublications()
	if len(config.GPGKeys) > 0 && !config.GPGDisableSign { // aptly does not store who signs
		survey.signing = &publications.Signing{Keys: config.GPGKeys}
	}
	return survey.foreign, nil
}

// aptlyConfig reads the configuration, if the plan names one. The root of the plan wins.
func aptlyConfig(in ImportPlan) (config aptlyroot.Config, err error) {
	if in.Root == "" && in.Config == "" {
		return config, problem.New(problem.Invalid, "aptly's root directory is missing").In("root").
			WithHint("name its root directory, or its configuration file")
	}
	config = aptlyroot.Config{RootDir: in.Root}
	if in.Config != "" {
		if config, err = aptlyroot.ReadConfig(in.Config); err != nil {
			return config, err
		}
		config.RootDir = cmp.Or(in.Root, config.RootDir)
	}
	return config, nil
}

// records returns the records of a walk, and warns of damaged ones.
func records[T any](s *aptlySurvey, walk iter.Seq2[T, error]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for record, err := range walk {
			if err != nil {
				s.warn("left out: %v", err)
			} else if !yield(record) {
				return
			}
		}
	}
}

// addCollection adds a collection, with a valid name.
func (s *aptlySurvey) addCollection(uuid, name string, c *foreignCollection) {
	c.subject, c.title, c.as.Name = uuid, name, localName(name)
	if c.as.Name != name {
		s.warn("the %s %q is called %s here", c.as.Kind, name, c.as.Name)
	}
	s.byUUID[uuid] = c
	s.collections = append(s.collections, c)
}

func (s *aptlySurvey) addRepos() {
	for r := range records(s, s.root.Repos()) {
		component := cmp.Or(r.DefaultComponent, "main")
		c := &foreignCollection{
			as:         catalog.Collection{Kind: catalog.Repo, Description: r.Comment, Component: component, Distribution: r.DefaultDistribution},
			components: []string{component},
		}
		if err := repos.CheckPlaces(component, r.DefaultDistribution); err != nil {
			c.reason = err.Error()
		}
		s.addCollection(r.UUID, r.Name, c)
		if r.Uploaders != nil && len(r.Uploaders.Rules) > 0 {
			s.warn("repo %s: its rules for uploaders are not imported", r.Name)
		}
	}
}

// addMirrors adds mirrors with the keys that may sign their upstreams.
func (s *aptlySurvey) addMirrors(ctx context.Context) error {
	keyring, asked := s.plan.Keyring, s.plan.Keyring != ""
	for m := range records(s, s.root.Mirrors()) {
		if !asked {
			var err error
			if keyring, err = s.trustedKeys(ctx); err != nil {
				return err
			}
			asked = true
		}
		s.addMirror(m, keyring)
	}
	return nil
}

// trustedKeys returns the keys of trustedkeys.gpg. Without keys it returns a problem, unless
// the plan allows that: a mirror must not lose its keys unseen.
func (s *aptlySurvey) trustedKeys(ctx context.Context) (keyring string, err error) {
	program := s.gnupg
	program.Home = cmp.Or(s.plan.GnuPGHome, program.Home)
	keyring, err = program.ExportAll(ctx, gnupg.Trusted)
	if err == nil && keyring != "" || err != nil && !problem.Is(err, problem.NotFound) {
		return keyring, err
	}
	if s.plan.Unverified || s.config.GPGDisableVerify {
		s.warn("mirrors have no keys: they accept what their upstreams send, unverified")
		return "", nil
	}
	return "", problem.New(problem.Invalid, "there are mirrors, but no %s with the keys that may sign their upstreams", gnupg.Trusted).In("keyring").
		WithHint("name the keys, or the GnuPG home that has them; or allow unverified mirrors")
}

func (s *aptlySurvey) addMirror(m aptlyroot.Mirror, keyring string) {
	config := mirror.Config{
		URL: strings.TrimRight(m.ArchiveRoot, "/"), Suite: cmp.Or(m.Distribution, "./"),
		Components: m.Components, Architectures: slices.DeleteFunc(slices.Clone(m.Architectures), func(a string) bool { return a == "source" }),
		Sources: m.DownloadSources, UDebs: m.DownloadUdebs,
		Filter: m.Filter, FilterWithDependencies: m.FilterWithDeps,
		SkipComponentCheck: m.SkipComponentCheck, SkipArchitectureCheck: m.SkipArchitectureCheck, Keyring: keyring,
	}.WithClass(mirror.Installer, m.DownloadInstaller).WithClass(mirror.AppStream, m.DownloadAppStream)
	c := &foreignCollection{
		as: catalog.Collection{Kind: catalog.Mirror}, mirror: &config, components: m.Components, syncedAt: m.LastDownloadDate,
		probe: &mirror.Probe{Config: config, Meta: m.Meta, Suite: m.Meta["Suite"], Codename: m.Meta["Codename"]},
	}
	if err := config.Expanded().Check(); err != nil {
		c.reason = err.Error()
	}
	s.addCollection(m.UUID, m.Name, c)
}

// addSnapshots adds snapshots in the order of their creation, so each after its sources.
func (s *aptlySurvey) addSnapshots() {
	all := slices.SortedFunc(records(s, s.root.Snapshots()), func(a, b aptlyroot.Snapshot) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for _, snap := range all {
		c := &foreignCollection{
			as: catalog.Collection{
				Kind: catalog.Snapshot, Description: snap.Description, Origin: snap.Origin,
				NotAutomatic: snap.NotAutomatic == "yes", ButAutomaticUpgrades: snap.ButAutomaticUpgrades == "yes",
			},
			createdAt: snap.CreatedAt,
		}
		for _, id := range snap.SourceIDs {
			if source := s.byUUID[id]; source != nil {
				c.from = append(c.from, source)
				c.components = append(c.components, source.components...)
			}
		}
		slices.Sort(c.components)
		c.components = slices.Compact(c.components)
		if len(c.from) == 1 {
			c.components = c.from[0].components // so that the same packages are the same members
		}
		s.addCollection(snap.UUID, snap.Name, c)
	}
}

func (s *aptlySurvey) addPublications() {
	for p := range records(s, s.root.Publications()) {
		f := &foreignPublication{subject: "publication " + p.UUID, as: s.publication(p), sources: map[string]*foreignCollection{}}
		for _, component := range slices.Sorted(maps.Keys(p.Sources)) {
			source := s.byUUID[p.Sources[component]]
			if source == nil {
				f.reason = fmt.Sprintf("the source of its component %s was dropped", component)
				continue
			}
			f.sources[component] = source
			if p.SourceKind == aptlyroot.FromRepo && s.hasChanged(p, component) {
				f.changed = append(f.changed, component)
			}
		}
		if len(p.Sources) == 0 {
			f.reason = "it publishes nothing"
		}
		if kind, _, elsewhere := strings.Cut(p.Storage, ":"); elsewhere && kind != "filesystem" {
			f.reason = fmt.Sprintf("it is published at %s, and %s is not supported yet", p.Storage, kind)
		}
		s.foreign.publications = append(s.foreign.publications, f)
	}
}

// publication returns a publication with options that make its releases look as aptly's.
func (s *aptlySurvey) publication(p aptlyroot.Publication) publications.NewPublication {
	o := publications.PublishOptions{
		Origin: p.Origin, Label: p.Label, Suite: p.Suite, Codename: p.Codename, Version: p.Version,
		NotAutomatic: p.NotAutomatic == "yes", ButAutomaticUpgrades: p.ButAutomaticUpgrades == "yes",
		Architectures: p.Architectures, Sums: publish.Sums{MD5: true, SHA1: true, SHA512: true},
		NoByHash: !p.AcquireByHash, SignedBy: p.SignedBy, MultiDist: p.MultiDist, DirectoryReleases: true, NamedByPlace: true,
		Formats: []compress.Format{compress.Gzip}, Unsigned: s.config.GPGDisableSign,
	}
	if !p.SkipBz2 && !s.config.SkipBz2Publishing {
		o.Formats = append(o.Formats, compress.Bzip2)
	}
	if !p.SkipContents && !s.config.SkipContentsPublishing {
		o.Contents = publish.ContentsByBoth
	}
	in := publications.NewPublication{Endpoint: publish.BuiltIn, Prefix: cmp.Or(p.Prefix, publish.Root), Distribution: p.Distribution, Options: o}
	if name, elsewhere := strings.CutPrefix(p.Storage, "filesystem:"); elsewhere {
		in.Prefix = strings.TrimSuffix(name+"/"+in.Prefix, "/"+publish.Root)
		s.warn("the publication %[3]s of %[1]s:%[2]s has the prefix %[4]s here", p.Storage, p.Prefix, p.Distribution, in.Prefix)
	} else if s.plan.EndpointDirectory != "" {
		in.Endpoint = importEndpoint
	}
	return in
}

// hasChanged reports whether a repo has other packages than when aptly published it.
func (s *aptlySurvey) hasChanged(p aptlyroot.Publication, component string) bool {
	published, err := s.root.PublishedRefs(p.UUID, component)
	if err != nil {
		s.warn("publication %s %s: %v", p.Prefix, p.Distribution, err)
		return false
	}
	now, err := s.root.Refs(p.Sources[component])
	return err == nil && !slices.Equal(published, now)
}
