package aptly

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// mirror is a mirror as clients see it.
type mirror struct {
	UUID                  string
	Name                  string
	ArchiveRoot           string // always ends in a slash
	Distribution          string
	Components            []string
	Architectures         []string
	Meta                  map[string]string // the fields of the upstream's Release
	LastDownloadDate      time.Time
	Filter                string
	Status                int // 0 idle, 1 updating
	WorkerPID             int
	FilterWithDeps        bool
	SkipComponentCheck    bool
	SkipArchitectureCheck bool
	DownloadSources       bool
	DownloadUdebs         bool
	DownloadInstaller     bool
	DownloadAppStream     bool
}

func showMirror(m mirrors.Mirror) mirror {
	shown := mirror{
		UUID: uuid(m.ID), Name: m.Name, ArchiveRoot: strings.TrimSuffix(m.Config.URL, "/") + "/", Distribution: m.Config.Suite,
		Components: usecase.OrEmpty(m.Config.Components), Architectures: usecase.OrEmpty(m.Config.Architectures), Meta: m.Meta, LastDownloadDate: m.SyncedAt,
		Filter: m.Config.Filter, FilterWithDeps: m.Config.FilterWithDependencies, SkipComponentCheck: m.Config.SkipComponentCheck,
		SkipArchitectureCheck: m.Config.SkipArchitectureCheck, DownloadSources: m.Config.Sources, DownloadUdebs: m.Config.UDebs,
		DownloadInstaller: m.Config.Takes(mirrors.Installer), DownloadAppStream: m.Config.Takes(mirrors.AppStream),
	}
	if shown.Meta == nil {
		shown.Meta = map[string]string{}
	}
	if m.Updating {
		shown.Status = 1
	}
	return shown
}

func mirrorResource(m mirrors.Mirror) string { return "R" + uuid(m.ID) }

func (s *service) mirrorRoutes() []route {
	return []route{
		{"GET", "mirrors", "List mirrors", listMirrors},
		{"POST", "mirrors", "Make a mirror", createMirror},
		{"GET", "mirrors/:name", "Show a mirror", func(c *call) (answer, error) {
			m, err := c.mirror("unable to show: ")
			return ok(showMirror(m)), err
		}},
		{"POST", "mirrors/:name", "Edit a mirror", sending(editMirror)},
		{"PUT", "mirrors/:name", "Bring a mirror up to date", updateMirror},
		{"DELETE", "mirrors/:name", "Drop a mirror", dropMirror},
		{"GET", "mirrors/:name/packages", "List or search the packages of a mirror", searchMirror},
		{"POST", "mirrors/:name/snapshots", "Make a snapshot of a mirror", sending(snapshotMirror)},
	}
}

// mirror returns the mirror in the path.
func (c *call) mirror(doing string) (mirrors.Mirror, error) {
	name := c.parameter("name")
	return lookup(c, name, doing+"mirror with name "+name+" not found", c.service.app.Mirrors.Get, func(m mirrors.Mirror) string { return m.ID })
}

func listMirrors(c *call) (answer, error) {
	type counted struct {
		mirror
		NumPackages int
	}
	list, err := usecase.Every(c.Context(), c.service.app.Mirrors.List)
	return ok(usecase.Map(list, func(m mirrors.Mirror) counted { return counted{showMirror(m), m.Packages} })), err
}

// keys returns the public keys of keyrings on the server; none named: the default
// one, which need not be there.
func (c *call) keys(ctx context.Context, keyrings []string) (string, error) {
	keys, err := c.service.app.Keys.ExportTrusted(ctx, keyrings)
	if len(keyrings) == 0 && problem.Is(err, problem.NotFound) {
		return "", nil
	}
	return keys, err
}

// newMirror is the body of a call that makes a mirror.
type newMirror struct {
	Name                                                        string `binding:"required"`
	ArchiveURL                                                  string `binding:"required"`
	Distribution                                                string
	Components, Architectures                                   []string
	Filter                                                      string
	FilterWithDeps                                              bool
	Keyrings                                                    []string
	DownloadSources, DownloadUdebs                              bool
	DownloadInstaller, DownloadAppStream                        bool
	SkipComponentCheck, SkipArchitectureCheck, IgnoreSignatures bool
}

// wanted returns the configuration of a new mirror, with the keys that may sign it.
func (c *call) wanted(in newMirror) (mirrors.Config, error) {
	in.Architectures, in.DownloadSources = withoutSource(in.Architectures, in.DownloadSources)
	wanted := mirrors.Config{
		URL: in.ArchiveURL, Suite: cmp.Or(in.Distribution, "./"), Components: in.Components, Architectures: in.Architectures,
		Filter: in.Filter, FilterWithDependencies: in.FilterWithDeps, Sources: in.DownloadSources, UDebs: in.DownloadUdebs,
		SkipComponentCheck: in.SkipComponentCheck, SkipArchitectureCheck: in.SkipArchitectureCheck,
	}.WithClass(mirrors.Installer, in.DownloadInstaller).WithClass(mirrors.AppStream, in.DownloadAppStream)
	if in.IgnoreSignatures {
		return wanted, nil
	}
	keys, err := c.keys(c.Context(), in.Keyrings)
	if err != nil {
		return wanted, as(err, problem.NotFound, http.StatusBadRequest, "unable to initialize GPG verifier: ")
	}
	if keys == "" {
		return wanted, fail(http.StatusBadRequest, "unable to initialize GPG verifier: no key is trusted: import keys into trustedkeys.gpg, or name Keyrings")
	}
	wanted.Keyring = keys
	return wanted, nil
}

func createMirror(c *call) (answer, error) {
	config := c.service.options.Config
	in := newMirror{DownloadSources: config.DownloadSources, IgnoreSignatures: config.DisableVerify, Architectures: config.Architectures}
	if err := c.bind(&in); err != nil {
		return answer{}, err
	}
	wanted, err := c.wanted(in)
	if err != nil {
		return answer{}, err
	}
	if _, err := c.service.app.Mirrors.Get(c.Context(), in.Name); err == nil {
		return answer{}, fail(http.StatusInternalServerError, "unable to add mirror: mirror with name %s already exists", in.Name)
	}
	probe, err := c.service.app.Mirrors.Probe(c.Context(), wanted)
	if err != nil {
		return answer{}, unfetched(err)
	}
	return c.task("Create mirror "+in.Name, nil, func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		m, err := c.service.app.Mirrors.Create(ctx, mirrors.NewMirror{Name: in.Name, Config: probe.Config, Probe: &probe})
		if problem.Is(err, problem.Conflict) {
			err = fail(http.StatusInternalServerError, "unable to add mirror: mirror with name %s already exists", in.Name)
		}
		return answer{http.StatusCreated, showMirror(m)}, err
	})
}

// withoutSource removes the architecture source, which asks for sources, from a list.
func withoutSource(architectures []string, sources bool) ([]string, bool) {
	kept := slices.DeleteFunc(slices.Clone(architectures), func(a string) bool { return a == "source" })
	return kept, sources || len(kept) < len(architectures)
}

// unfetched returns the error for a Release of an upstream that cannot be fetched.
func unfetched(err error) error {
	for _, kind := range []problem.Kind{problem.Upstream, problem.NotFound, problem.Untrusted, problem.Denied, problem.TooLarge} {
		err = as(err, kind, http.StatusBadRequest, "unable to fetch mirror: ")
	}
	return as(err, problem.Invalid, http.StatusBadRequest, "unable to create mirror: ")
}

func editMirror(c *call, in struct {
	Filter, ArchiveURL                                *string
	FilterWithDeps                                    *bool
	DownloadInstaller, DownloadSources, DownloadUdebs *bool
	Architectures, Keyrings                           *[]string
	IgnoreSignatures                                  *bool
}) (answer, error) {
	m, err := c.mirror("unable to edit: ")
	if err != nil {
		return answer{}, err
	}
	if m.Updating {
		return answer{}, fail(http.StatusConflict, "unable to edit: mirror is locked by an update in progress")
	}
	config := m.Config
	set(&config.Filter, in.Filter)
	set(&config.URL, in.ArchiveURL)
	set(&config.FilterWithDependencies, in.FilterWithDeps)
	if in.DownloadInstaller != nil {
		config = config.WithClass(mirrors.Installer, *in.DownloadInstaller)
	}
	set(&config.Sources, in.DownloadSources)
	set(&config.UDebs, in.DownloadUdebs)
	set(&config.Architectures, in.Architectures)
	config.Architectures, config.Sources = withoutSource(config.Architectures, config.Sources)
	if config.Flat() && config.UDebs {
		return answer{}, fail(http.StatusBadRequest, "unable to edit: flat mirrors don't support udebs")
	}
	switch {
	case in.IgnoreSignatures != nil && *in.IgnoreSignatures:
		config.Keyring = ""
	case in.Keyrings != nil || in.IgnoreSignatures != nil:
		var keyrings []string
		set(&keyrings, in.Keyrings)
		if config.Keyring, err = c.keys(c.Context(), keyrings); err != nil {
			return answer{}, as(err, problem.NotFound, http.StatusBadRequest, "unable to initialize GPG verifier: ")
		}
	}
	edited, err := c.service.app.Mirrors.Reprobe(c.Context(), m.Name, config)
	err = as(err, problem.Invalid, http.StatusBadRequest, "unable to edit: ")
	return ok(showMirror(edited)), as(err, problem.Upstream, http.StatusInternalServerError, "unable to edit: ")
}

// set sets a field to its value in a body, if it has one.
func set[T any](field *T, said *T) {
	if said != nil {
		*field = *said
	}
}

func dropMirror(c *call) (answer, error) {
	m, err := c.mirror("unable to drop: ")
	if err != nil {
		return answer{}, err
	}
	force := c.flag("force")
	return c.task("Delete mirror "+m.Name, []string{mirrorResource(m)}, func(ctx context.Context, _ usecase.JobRun) (answer, error) {
		published := fail(http.StatusInternalServerError, "unable to drop: mirror is published")
		used := fail(http.StatusForbidden, "won't delete mirror with snapshots, use 'force=1' to override")
		if err := c.refuseUsed(ctx, "mirror:"+m.Name, force, published, used); err != nil {
			return answer{}, err
		}
		return answer{http.StatusNoContent, nil}, c.service.app.Collections.Drop(ctx, collections.Mirror, m.Name)
	})
}

func searchMirror(c *call) (answer, error) {
	m, err := c.mirror("unable to show: ")
	if err != nil {
		return answer{}, err
	}
	if m.Revision == 0 && m.SyncedAt.IsZero() {
		return answer{}, fail(http.StatusNotFound, "unable to show package list, mirror hasn't been downloaded yet")
	}
	return c.search(&collections.Ref{Kind: "mirror", Name: m.Name})
}

func snapshotMirror(c *call, in newSnapshot) (answer, error) {
	m, err := c.mirror("")
	if err != nil {
		return answer{}, err
	}
	if m.Updating {
		return answer{}, fail(http.StatusConflict, "mirror is locked by an update in progress")
	}
	if m.SyncedAt.IsZero() {
		return answer{}, fail(http.StatusBadRequest, "mirror not updated")
	}
	return c.snapshotOf("mirror:"+m.Name, mirrorResource(m), in, "Snapshot from mirror "+describe(m))
}

// describe describes in a line what a mirror follows.
func describe(m mirrors.Mirror) string {
	text := fmt.Sprintf("[%s]: %s/ %s", m.Name, strings.TrimSuffix(m.Config.URL, "/"), m.Config.Suite)
	for _, also := range []struct {
		wanted bool
		mark   string
	}{{m.Config.Sources, " [src]"}, {m.Config.UDebs, " [udeb]"}, {m.Config.Takes(mirrors.Installer), " [installer]"}} {
		if also.wanted {
			text += also.mark
		}
	}
	return text
}
