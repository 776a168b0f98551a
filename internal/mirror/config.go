package mirror

import (
	"errors"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/query"
)

// Config describes the upstream of a mirror, as people set it.
type Config struct {
	// URL is http, https or file, without the suite, and may hold user and password. It is empty
	// for a mirror that follows nothing until an APTMirror task configures it.
	URL           string   `json:"url,omitempty"`
	Suite         string   `json:"suite,omitempty"`         // "bookworm"; a flat one ends in "/"
	Components    []string `json:"components,omitempty"`    // empty: every one of Release; none for a flat suite
	Architectures []string `json:"architectures,omitempty"` // empty: every one of Release
	Sources       bool     `json:"sources,omitempty"`       // source packages too
	Packages      []string `json:"packages,omitempty"`      // names or globs to keep; empty: all
	// Filter is a query (see package query) that selects the kept packages; empty: all. With
	// Sources, the sources of the matches are kept too.
	Filter string `json:"filter,omitempty" doc:"A package query: keep what matches it alone"`
	// FilterWithDependencies keeps the dependencies of the matches too, if the suite has them.
	FilterWithDependencies bool `json:"filter_with_dependencies,omitempty" doc:"Keep what the filter's matches depend on too"`
	// Filters are the filters of an APTMirror task: packages that any filter matches are kept. nil
	// keeps all, and an empty list is an error.
	Filters []Filter `json:"filters,omitempty" doc:"Those of an APTMirror task: keep what any of them matches"`
	// Strict refuses an upstream that lists a package in two ways, and lists the changes of each
	// sync. Without it, the first listing counts.
	Strict bool `json:"strict,omitempty" doc:"Refuse an upstream that lists a package in two ways, and tell what a sync changed, as APTMirror tasks do"`
	// LatestOnly keeps only the highest version of each name and architecture among the matches.
	LatestOnly bool `json:"latest_only,omitempty" doc:"Of each package and architecture, keep the highest version alone"`
	UDebs      bool `json:"udebs,omitempty" doc:"Packages of the installer too"`
	// With names the classes of files to copy; see [Config.Takes].
	With []Class `json:"with,omitempty" enum:"translations,contents,appstream,commands,installer,pdiffs,all" doc:"Classes of files to take along"`
	// Verbatim keeps the upstream's own Release and indexes too, byte for byte, so that they can be
	// published unchanged.
	Verbatim bool `json:"verbatim,omitempty" doc:"Keep the upstream's own Release and indexes too, so that a publication can serve them byte for byte"`
	// SkipComponentCheck and SkipArchitectureCheck allow names that Release does not list: a
	// warning replaces the error.
	SkipComponentCheck    bool `json:"skip_component_check,omitempty" doc:"Components that the upstream does not name are no error"`
	SkipArchitectureCheck bool `json:"skip_architecture_check,omitempty" doc:"Architectures that the upstream does not name are no error"`
	// Keyring is the armored public keys that may sign; empty accepts an unsigned Release, and
	// trusts only the connection.
	Keyring string `json:"keyring,omitempty"`
	// Policy decides when package files are downloaded: see the constants. Empty means full.
	Policy Policy `json:"policy,omitempty" enum:"full,on-demand" doc:"When package files come: with each sync, or each when it is first asked for"`
	// AcceptExpired accepts a Release past its Valid-Until, and keys that expired after signing, as
	// archives of old suites need.
	AcceptExpired bool `json:"accept_expired,omitempty"`
	// ShrinkGuard is the share of the packages, in percent, that one sync may remove without force;
	// 0 means defaultShrinkGuard, 100 no guard.
	ShrinkGuard int `json:"shrink_guard,omitempty"`
}

// defaultShrinkGuard lets a suite lose a third; more is usually an accident upstream. The guard
// ignores suites below smallSuite packages.
const (
	defaultShrinkGuard = 34
	smallSuite         = 20
)

// Flat reports whether the suite is flat: without components, its index beside its packages
// (sources.list(5): a suite that ends in a slash).
func (c Config) Flat() bool { return strings.HasSuffix(c.Suite, "/") }

var suitePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+~-]*(/[A-Za-z0-9][A-Za-z0-9._+~-]*)*$`)

// FollowsNothing reports whether the config has no upstream yet.
func (c Config) FollowsNothing() bool { return c.URL == "" && c.Suite == "" }

// Check refuses a configuration that cannot work, without any request.
func (c Config) Check() error {
	if !c.FollowsNothing() {
		if err := c.checkURL(); err != nil {
			return err
		}
		if err := c.checkSuite(); err != nil {
			return err
		}
	}
	if err := c.checkArchitectures(); err != nil {
		return err
	}
	if err := c.checkChoice(); err != nil {
		return err
	}
	if err := c.Policy.check(); err != nil {
		return err
	}
	if c.ShrinkGuard < 0 || c.ShrinkGuard > 100 {
		return problem.New(problem.Invalid, "%d is not a share in percent", c.ShrinkGuard).In("shrink_guard")
	}
	if c.Keyring != "" {
		if _, err := openpgp.ReadKeys([]byte(c.Keyring)); err != nil {
			return problem.New(problem.Invalid, "%w", err).In("keyring")
		}
	}
	return nil
}

// maxNames bounds the components, and the architectures, of one suite. Debian's
// have five and eleven.
const maxNames = 64

func (c Config) checkArchitectures() error {
	if len(c.Architectures) > maxNames {
		return tooMany("architectures", len(c.Architectures))
	}
	for _, a := range c.Architectures {
		if a == "source" {
			return problem.New(problem.Invalid, "source is not an architecture here").In("architectures").WithHint("set sources to get source packages")
		}
		if !deb.ValidArchitectureName(a) {
			return problem.New(problem.Invalid, "%q is not an architecture", a).In("architectures").WithHint("name them as dpkg does, such as amd64 or arm64")
		}
	}
	return nil
}

// checkChoice checks the options that select packages.
func (c Config) checkChoice() error {
	for _, p := range c.Packages {
		if _, err := path.Match(p, ""); err != nil || p == "" {
			return problem.New(problem.Invalid, "%q is not the name of a package or a pattern of names", p).In("packages").WithHint("such as hello or linux-image-*")
		}
	}
	if err := c.checkClasses(); err != nil {
		return err
	}
	if _, err := c.filters(); err != nil {
		return err
	}
	_, err := c.filter()
	return err
}

// filter compiles the query; without one it returns nil.
func (c Config) filter() (*query.Plan, error) {
	if c.Filter == "" {
		return nil, nil
	}
	q, err := query.Parse(c.Filter)
	if err != nil {
		return nil, inField("filter", err)
	}
	plan, err := query.Compile(q)
	return plan, inField("filter", err)
}

// inField sets the field of a problem to its name in the config or task.
func inField(field string, err error) error {
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		renamed := *p
		return renamed.In(field)
	}
	return err
}

func tooMany(field string, n int) error {
	return problem.New(problem.TooLarge, "%d %s are more than the %d that a suite may have", n, field, maxNames).In(field)
}

// checkURL does not repeat a text that it cannot parse: it may hold a password.
func (c Config) checkURL() error {
	u, err := url.Parse(c.URL)
	if err != nil || c.URL == "" {
		return problem.New(problem.Invalid, "this is not a URL").In("url").WithHint("write the archive's root, such as https://deb.debian.org/debian")
	}
	if !slices.Contains([]string{"http", "https", "file"}, u.Scheme) {
		return problem.New(problem.Invalid, "a mirror cannot follow %q", u.Scheme).In("url").WithHint("use http, https or file")
	}
	if u.Scheme != "file" && u.Host == "" {
		return problem.New(problem.Invalid, "%q names no host", c.Redacted().URL).In("url")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return problem.New(problem.Invalid, "a query or fragment cannot be part of an archive's root").In("url")
	}
	return nil
}

func (c Config) checkSuite() error {
	plain := strings.TrimSuffix(c.Suite, "/")
	switch {
	case c.Suite == "":
		return problem.New(problem.Invalid, "it is missing").In("suite").WithHint("such as bookworm, or ./ for a flat archive")
	case c.Suite == "/" || c.Suite == "./":
	case len(plain) > 200 || !suitePattern.MatchString(strings.TrimPrefix(plain, "./")):
		return problem.New(problem.Invalid, "%q is not a suite", c.Suite).In("suite").WithHint("such as bookworm, or ./ for a flat archive")
	}
	if c.Flat() && len(c.Components) > 0 {
		return problem.New(problem.Invalid, "a flat suite has no components").In("components").WithHint("leave them out, or the slash at the end of the suite")
	}
	if len(c.Components) > maxNames {
		return tooMany("components", len(c.Components))
	}
	for _, name := range c.Components {
		if !suitePattern.MatchString(name) {
			return problem.New(problem.Invalid, "%q is not a component", name).In("components").WithHint("such as main or non-free-firmware")
		}
	}
	return nil
}

// wants reports whether to keep packages of this name.
func (c Config) wants(name string) bool {
	if len(c.Packages) == 0 {
		return true
	}
	return slices.ContainsFunc(c.Packages, func(pattern string) bool {
		match, _ := path.Match(pattern, name)
		return match
	})
}
