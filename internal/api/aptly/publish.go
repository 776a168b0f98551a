package aptly

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/problem"
)

// source is a component of a publication with what it lists.
type source struct {
	Component string
	Name      string
}

// published is a publication as clients see it.
type published struct {
	AcquireByHash        bool
	Architectures        []string
	ButAutomaticUpgrades string
	Codename             string
	Distribution         string
	Label                string
	MultiDist            bool
	NotAutomatic         string
	Origin               string
	Path                 string
	Prefix               string
	SignedBy             string
	SkipContents         bool
	SourceKind           string
	Sources              []source
	Storage              string
	Suite                string
	Version              string
}

func (s *service) showPublished(p app.Publication) published {
	where := place{s.storageOf(p.Endpoint), p.Prefix}
	shown := published{
		AcquireByHash: !p.Options.NoByHash, Architectures: orEmpty(p.Architectures), ButAutomaticUpgrades: yes(p.Options.ButAutomaticUpgrades),
		Distribution: p.Distribution, Label: p.Options.Label, MultiDist: p.Options.MultiDist, NotAutomatic: yes(p.Options.NotAutomatic),
		Origin: p.Options.Origin, Path: where.String() + "/" + p.Distribution, Prefix: p.Prefix, SignedBy: p.Options.SignedBy,
		SkipContents: p.Options.Contents == "", SourceKind: "snapshot", Storage: where.storage, Version: p.Options.Version,
	}
	shown.Sources = showSources(p.Sources)
	if slices.ContainsFunc(p.Sources, func(s string) bool { return strings.Contains(s, "repo:") }) {
		shown.SourceKind = "local"
	}
	return shown
}

// showSources reads COMPONENT=KIND:NAME.
func showSources(list []string) []source {
	shown := make([]source, len(list))
	for i, text := range list {
		component, ref, named := strings.Cut(text, "=")
		if !named {
			component, ref = "main", text
		}
		_, name, _ := strings.Cut(ref, ":")
		shown[i] = source{component, name}
	}
	slices.SortFunc(shown, func(a, b source) int { return strings.Compare(a.Component, b.Component) })
	return shown
}

func (s *service) publishRoutes() []route {
	return []route{
		{"GET", "publish", "List publications", listPublished},
		{"POST", "publish", "Publish repos or snapshots at the root", createPublished},
		{"POST", "publish/:prefix", "Publish repos or snapshots", createPublished},
		{"GET", "publish/:prefix/:distribution", "Show a publication", func(c *call) (answer, error) {
			p, err := c.published("unable to show: ")
			return ok(c.service.showPublished(p)), err
		}},
		{"PUT", "publish/:prefix/:distribution", "Update a publication, or switch it to other snapshots", updatePublished(true)},
		{"POST", "publish/:prefix/:distribution/update", "Update a publication with the staged changes", updatePublished(false)},
		{"DELETE", "publish/:prefix/:distribution", "Drop a publication", dropPublished},
		{"GET", "publish/:prefix/:distribution/sources", "Show the staged sources", showStaged},
		{"POST", "publish/:prefix/:distribution/sources", "Stage one more source", addStaged},
		{"PUT", "publish/:prefix/:distribution/sources", "Stage other sources", replaceStaged},
		{"DELETE", "publish/:prefix/:distribution/sources", "Drop the staged changes", dropStaged},
		{"PUT", "publish/:prefix/:distribution/sources/:component", "Stage another source of a component", editStaged},
		{"DELETE", "publish/:prefix/:distribution/sources/:component", "Stage the end of a component", removeStaged},
	}
}

// place reads where the path says that something is published.
func (c *call) place() (place, error) { return parsePlace(unescape(c.parameter("prefix"))) }

// published finds the publication that the path names.
func (c *call) published(doing string) (app.Publication, error) {
	where, err := c.place()
	if err != nil {
		return app.Publication{}, err
	}
	distribution := unescape(c.parameter("distribution"))
	unknown := fmt.Sprintf("%spublished repo with storage:prefix/distribution %s/%s not found", doing, where, distribution)
	address, err := c.service.address(where)
	if err != nil {
		return app.Publication{}, fail(http.StatusNotFound, "%s", unknown)
	}
	p, err := c.service.app.Publication(c.Context(), address, distribution)
	if problem.Is(err, problem.Invalid) {
		err = fail(http.StatusNotFound, "%s", unknown)
	}
	return p.Publication, notKnown(err, unknown)
}

func listPublished(c *call) (answer, error) {
	all := []published{}
	err := c.pages(func(p app.Page) (string, error) {
		list, err := c.service.app.Publications(c.Context(), p)
		for _, each := range list.Items {
			all = append(all, c.service.showPublished(each))
		}
		return list.Next, err
	})
	return ok(all), err
}

// signing is how a call wants to sign.
type signing struct {
	Skip                                                       bool
	GpgKey, Keyring, SecretKeyring, Passphrase, PassphraseFile string
	Batch                                                      bool // it is always
}

func (c *call) signing(in signing) *app.Signing {
	config := c.service.options.Config
	s := &app.Signing{
		Skip: in.Skip || config.DisableSign, Keyring: in.Keyring, SecretKeyring: in.SecretKeyring,
		Passphrase: in.Passphrase, PassphraseFile: in.PassphraseFile,
	}
	for key := range strings.SplitSeq(in.GpgKey, ",") {
		if key = strings.TrimSpace(key); key != "" {
			s.Keys = append(s.Keys, key)
		}
	}
	if len(s.Keys) == 0 {
		s.Keys = config.GpgKeys
	}
	return s
}

func publishResources(p app.Publication, s *service) []string {
	where := place{s.storageOf(p.Endpoint), p.Prefix}.String()
	list := []string{"U" + where + ">>" + p.Distribution}
	if !p.Options.MultiDist {
		list = append(list, "P"+where)
	}
	return list
}

// named gives the sources of a call as the application names them, with what their
// tasks take turns for.
func (c *call) sources(kind string, list []source) (refs, resources []string, err error) {
	for _, s := range list {
		var ref string
		switch kind {
		case "snapshot":
			found, err := c.snapshotNamed(s.Name)
			if err != nil {
				return nil, nil, err
			}
			ref, resources = "snapshot:"+s.Name, append(resources, snapshotResource(found))
		case "local":
			found, err := c.repoNamed(s.Name)
			if err != nil {
				return nil, nil, err
			}
			ref, resources = "repo:"+s.Name, append(resources, repoResource(found))
		default:
			return nil, nil, fail(http.StatusBadRequest, "unknown SourceKind")
		}
		if s.Component != "" {
			ref = s.Component + "=" + ref
		}
		refs = append(refs, ref)
	}
	return refs, resources, nil
}

// newPublished is the body of a first publish.
type newPublished struct {
	SourceKind                  string   `binding:"required"`
	Sources                     []source `binding:"required"`
	Distribution, Label, Origin string
	Architectures               []string
	ForceOverwrite              bool
	Signing                     signing
	NotAutomatic                string
	ButAutomaticUpgrades        string
	SkipContents, SkipBz2       *bool
	SkipCleanup                 *bool
	AcquireByHash               *bool
	SignedBy, Version           *string
	MultiDist                   *bool
}

func createPublished(c *call) (answer, error) {
	var in newPublished
	if err := c.bind(&in); err != nil {
		return answer{}, err
	}
	where := place{prefix: "."}
	if _, given := c.parameters["prefix"]; given {
		var err error
		if where, err = c.place(); err != nil {
			return answer{}, err
		}
	}
	if len(in.Sources) == 0 {
		return answer{}, fail(http.StatusBadRequest, "unable to publish: sources are empty")
	}
	endpoint, err := c.service.endpointOf(where.storage)
	if err == nil && endpoint != builtIn {
		if _, err = c.service.app.EndpointDirectory(c.Context(), endpoint); problem.Is(err, problem.NotFound) {
			err = fail(http.StatusBadRequest, "published storage %s not configured: `aptarium endpoint create` makes one", where.storage)
		}
	}
	if err != nil {
		return answer{}, err
	}
	refs, resources, err := c.sources(in.SourceKind, in.Sources)
	if err != nil {
		return answer{}, as(err, problem.NotFound, http.StatusNotFound, "unable to publish: ")
	}
	wanted, err := c.newPublication(in, endpoint, where, refs)
	if err != nil {
		return answer{}, err
	}
	resources = append(resources, publishResources(app.Publication{Endpoint: endpoint, Prefix: where.prefix, Distribution: wanted.Distribution, Options: wanted.Options}, c.service)...)
	name := fmt.Sprintf("Publish %s repository %s/%s with components %q and sources %q", in.SourceKind, where, wanted.Distribution, componentsOf(wanted.Sources), namesOf(in.Sources))
	return c.task(name, resources, func(ctx context.Context, run app.JobRun) (answer, error) {
		p, started, err := c.service.app.CreatePublication(ctx, wanted)
		if problem.Is(err, problem.Conflict) {
			text := "prefix/distribution already used by another published repo: " + where.String() + "/" + wanted.Distribution
			return answer{}, fail(http.StatusBadRequest, "%s", text)
		}
		if err != nil {
			return answer{}, publishFailed(err, "publish")
		}
		if err := c.service.follow(ctx, started, run); err != nil {
			// As in aptly there is no publication without its first release.
			_ = c.service.app.DropPublication(context.WithoutCancel(ctx), p.Place(), p.Distribution)
			return answer{}, publishFailed(err, "publish")
		}
		done, err := c.service.app.Publication(ctx, p.Place(), p.Distribution)
		return answer{http.StatusCreated, c.service.showPublished(done.Publication)}, err
	})
}

// newPublication is what a call wants, with what it leaves out guessed from the
// sources as aptly does.
func (c *call) newPublication(in newPublished, endpoint string, where place, refs []string) (app.NewPublication, error) {
	guess, err := c.service.app.Guess(c.Context(), refs)
	if err != nil {
		return app.NewPublication{}, as(err, problem.Invalid, http.StatusBadRequest, "unable to publish: ")
	}
	wanted := app.NewPublication{
		Endpoint: endpoint, Prefix: where.prefix, Distribution: in.Distribution, Sources: guess.Sources,
		ForceOverwrite: in.ForceOverwrite, Signing: c.signing(in.Signing),
	}
	if wanted.Distribution == "" {
		if wanted.Distribution = guess.Distribution; wanted.Distribution == "" {
			return wanted, fail(http.StatusInternalServerError, "unable to guess distribution name, please specify explicitly")
		}
	}
	o := &wanted.Options
	o.Label, o.Origin = in.Label, in.Origin
	if o.Origin == "" {
		o.Origin = guess.Origin
	}
	o.NotAutomatic = in.NotAutomatic == "yes" || in.NotAutomatic == "" && guess.NotAutomatic
	o.ButAutomaticUpgrades = in.ButAutomaticUpgrades == "yes" || in.ButAutomaticUpgrades == "" && guess.ButAutomaticUpgrades
	o.Architectures = in.Architectures
	if len(o.Architectures) == 0 {
		o.Architectures = guess.Architectures
	}
	if len(o.Architectures) == 0 {
		return wanted, fail(http.StatusInternalServerError, "unable to figure out list of architectures, please supply explicit list")
	}
	c.service.applyOptions(o, in.SkipContents, in.SkipBz2, in.AcquireByHash, in.MultiDist, in.SignedBy, in.Version)
	return wanted, nil
}

// applyOptions sets what a call says of how releases look.
func (s *service) applyOptions(o *app.PublishOptions, skipContents, skipBz2, byHash, multiDist *bool, signedBy, version *string) {
	contents, bz2 := !s.options.Config.SkipContents, !s.options.Config.SkipBz2
	if skipContents != nil {
		contents = !*skipContents
	}
	if skipBz2 != nil {
		bz2 = !*skipBz2
	}
	o.Contents = ""
	if contents {
		o.Contents = "both"
	}
	o.Formats = nil
	for _, f := range []string{"gz", "bz2"} {
		if f != "bz2" || bz2 {
			o.Formats = append(o.Formats, app.Format(f))
		}
	}
	o.Sums.MD5, o.Sums.SHA1, o.Sums.SHA512 = true, true, true
	o.DirectoryReleases, o.NamedByPlace = true, true
	o.NoByHash = byHash == nil || !*byHash
	o.MultiDist = multiDist != nil && *multiDist
	set(&o.SignedBy, signedBy)
	set(&o.Version, version)
}

func componentsOf(sources []string) (names []string) {
	for _, s := range showSources(sources) {
		names = append(names, s.Component)
	}
	return names
}

func namesOf(sources []source) (names []string) {
	for _, s := range sources {
		names = append(names, s.Name)
	}
	return names
}

// publishFailed tells in aptly's words why a publish did not succeed.
func publishFailed(err error, doing string) error {
	for _, kind := range []problem.Kind{problem.Conflict, problem.NotFound, problem.Untrusted} {
		err = as(err, kind, http.StatusInternalServerError, "unable to "+doing+": ")
	}
	return as(err, problem.Invalid, http.StatusBadRequest, "unable to "+doing+": ")
}

// updateOf is the body of an update.
type updateOf struct {
	Snapshots                          []source
	ForceOverwrite                     bool
	Signing                            signing
	SkipContents, SkipBz2, SkipCleanup *bool
	AcquireByHash, MultiDist           *bool
	SignedBy, Label, Origin, Version   *string
}

// updatePublished makes the next release: of the repos as they are, of other
// snapshots where a call may name some, and of the staged sources if there are.
func updatePublished(mayName bool) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		var in updateOf
		if err := c.bindOptional(&in); err != nil {
			return answer{}, err
		}
		p, err := c.published("unable to update: ")
		if err != nil {
			return answer{}, err
		}
		shown := c.service.showPublished(p)
		if len(in.Snapshots) > 0 && mayName && shown.SourceKind == "local" {
			return answer{}, fail(http.StatusBadRequest, "snapshots shouldn't be given when updating local repo")
		}
		resources := publishResources(p, c.service)
		if mayName {
			_, named, err := c.sources("snapshot", in.Snapshots)
			if err != nil {
				return answer{}, as(err, problem.NotFound, http.StatusNotFound, "unable to update: ")
			}
			resources = append(resources, named...)
		} else {
			in.Snapshots = nil
		}
		name := fmt.Sprintf("Update published %s repository %s/%s", shown.SourceKind, place{shown.Storage, shown.Prefix}, p.Distribution)
		return c.task(name, resources, func(ctx context.Context, run app.JobRun) (answer, error) { return c.update(ctx, run, p, in) })
	}
}

// update does the work of an update.
func (c *call) update(ctx context.Context, run app.JobRun, p app.Publication, in updateOf) (answer, error) {
	edit, err := c.editOf(ctx, p, in)
	if err != nil {
		return answer{}, err
	}
	started, err := c.service.app.UpdatePublication(ctx, p.Place(), p.Distribution, edit)
	if err == nil {
		err = c.service.follow(ctx, started, run)
	}
	if err != nil {
		return answer{}, publishFailed(err, "update")
	}
	done, err := c.service.app.Publication(ctx, p.Place(), p.Distribution)
	return ok(c.service.showPublished(done.Publication)), err
}

// editOf is what an update changes. What it does not name stays.
func (c *call) editOf(ctx context.Context, p app.Publication, in updateOf) (app.PublicationEdit, error) {
	edit := app.PublicationEdit{ForceOverwrite: in.ForceOverwrite, Signing: c.signing(in.Signing)}
	o := p.Options
	skipContents, skipBz2, byHash, multiDist := o.Contents == "", !slices.Contains(o.Formats, app.Format("bz2")), !o.NoByHash, o.MultiDist
	set(&skipContents, in.SkipContents)
	set(&skipBz2, in.SkipBz2)
	set(&byHash, in.AcquireByHash)
	set(&multiDist, in.MultiDist)
	c.service.applyOptions(&o, &skipContents, &skipBz2, &byHash, &multiDist, in.SignedBy, in.Version)
	set(&o.Label, in.Label)
	set(&o.Origin, in.Origin)
	edit.Options = &o
	staged, err := c.service.app.StagedSources(ctx, p.Place(), p.Distribution)
	switch {
	case problem.Is(err, problem.NotFound):
		staged = p.Sources
	case err != nil:
		return edit, err
	default:
		edit.Staged = true
	}
	if len(in.Snapshots) > 0 {
		edit.Staged = true
		err := c.service.app.StageSources(ctx, p.Place(), p.Distribution, replaceSources(staged, "snapshot", in.Snapshots))
		if err != nil {
			return edit, err
		}
	}
	return edit, nil
}

// replaceSources gives the sources with others for the components that are named:
// a new component is added, one that is not named stays.
func replaceSources(sources []string, kind string, named []source) []string {
	list := slices.Clone(sources)
	for _, s := range named {
		component := s.Component
		if component == "" {
			component = "main"
			if len(sources) == 1 {
				component = showSources(sources)[0].Component
			}
		}
		text := component + "=" + kindPrefix(kind) + s.Name
		if i := componentAt(list, component); i >= 0 {
			list[i] = text
		} else {
			list = append(list, text)
		}
	}
	return list
}

func kindPrefix(kind string) string {
	if kind == "local" {
		return "repo:"
	}
	return "snapshot:"
}

func componentAt(sources []string, component string) int {
	return slices.IndexFunc(sources, func(s string) bool { return showSources([]string{s})[0].Component == component })
}

func dropPublished(c *call) (answer, error) {
	p, err := c.published("unable to drop: ")
	if err != nil {
		return answer{}, err
	}
	name := fmt.Sprintf("Delete published %s repository %s/%s", c.service.showPublished(p).SourceKind, p.Place(), p.Distribution)
	return c.task(name, publishResources(p, c.service), func(ctx context.Context, _ app.JobRun) (answer, error) {
		return ok(nothing{}), c.service.app.DropPublication(ctx, p.Place(), p.Distribution)
	})
}
