package aptly

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// source is a component of a publication with the name of its repo or snapshot.
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

func (s *service) showPublished(p publications.Publication) published {
	where := place{s.storageOf(p.Endpoint), p.Prefix}
	shown := published{
		AcquireByHash: !p.Options.NoByHash, Architectures: usecase.OrEmpty(p.Architectures), ButAutomaticUpgrades: yes(p.Options.ButAutomaticUpgrades),
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
		{"POST", "publish", "Publish repos or snapshots at the root", sending(createPublished)},
		{"POST", "publish/:prefix", "Publish repos or snapshots", sending(createPublished)},
		{"GET", "publish/:prefix/:distribution", "Show a publication", func(c *call) (answer, error) {
			p, err := c.published("unable to show: ")
			return ok(c.service.showPublished(p)), err
		}},
		{"PUT", "publish/:prefix/:distribution", "Update a publication, or switch it to other snapshots", updatePublished(true)},
		{"POST", "publish/:prefix/:distribution/update", "Update a publication with the staged changes", updatePublished(false)},
		{"DELETE", "publish/:prefix/:distribution", "Drop a publication", dropPublished},
		{"GET", "publish/:prefix/:distribution/sources", "Show the staged sources", showStaged},
		{"POST", "publish/:prefix/:distribution/sources", "Stage one more source", sending(addStaged)},
		{"PUT", "publish/:prefix/:distribution/sources", "Stage other sources", sending(replaceStaged)},
		{"DELETE", "publish/:prefix/:distribution/sources", "Drop the staged changes", dropStaged},
		{"PUT", "publish/:prefix/:distribution/sources/:component", "Stage another source of a component", editStaged},
		{"DELETE", "publish/:prefix/:distribution/sources/:component", "Stage the end of a component", removeStaged},
	}
}

// place returns the place in the path.
func (c *call) place() (place, error) { return parsePlace(unescape(c.parameter("prefix"))) }

// published returns the publication in the path, in its current state.
func (c *call) published(doing string) (publications.Publication, error) {
	return c.publishedIn(c.Context(), doing)
}

func (c *call) publishedIn(ctx context.Context, doing string) (publications.Publication, error) {
	where, err := c.place()
	if err != nil {
		return publications.Publication{}, err
	}
	distribution := unescape(c.parameter("distribution"))
	unknown := fmt.Sprintf("%spublished repo with storage:prefix/distribution %s/%s not found", doing, where, distribution)
	address, err := c.service.address(where)
	if err != nil {
		return publications.Publication{}, fail(http.StatusNotFound, "%s", unknown)
	}
	p, err := c.service.app.Publications.Get(ctx, address, distribution)
	if problem.Is(err, problem.Invalid) {
		err = fail(http.StatusNotFound, "%s", unknown)
	}
	return p.Publication, notKnown(err, unknown)
}

func listPublished(c *call) (answer, error) {
	list, err := usecase.Every(c.Context(), c.service.app.Publications.List)
	return ok(usecase.Map(list, c.service.showPublished)), err
}

// signing has the settings of a call for signatures.
type signing struct {
	Skip                                                       bool
	GpgKey, Keyring, SecretKeyring, Passphrase, PassphraseFile string
	Batch                                                      bool // always true
}

func (c *call) signing(in signing) *publications.Signing {
	config := c.service.options.Config
	s := &publications.Signing{
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

func publishResources(p publications.Publication, s *service) []string {
	where := place{s.storageOf(p.Endpoint), p.Prefix}.String()
	list := []string{"U" + where + ">>" + p.Distribution}
	if !p.Options.MultiDist {
		list = append(list, "P"+where)
	}
	return list
}

// sources returns the sources of a call in the notation of the application, with the
// resources of their task.
func (c *call) sources(kind string, list []source) (refs, resources []string, err error) {
	for _, s := range list {
		named, resource := c.snapshotNamed, snapshotResource
		switch kind {
		case "snapshot":
		case "local":
			named, resource = c.repoNamed, repoResource
		default:
			return nil, nil, fail(http.StatusBadRequest, "unknown SourceKind")
		}
		found, err := named(s.Name)
		if err != nil {
			return nil, nil, err
		}
		ref := kindPrefix(kind) + s.Name
		resources = append(resources, resource(found))
		if s.Component != "" {
			ref = s.Component + "=" + ref
		}
		refs = append(refs, ref)
	}
	return refs, resources, nil
}
