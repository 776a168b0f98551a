package mirror

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// Probe is what an upstream says of a suite before anything of it is mirrored.
type Probe struct {
	// Config is the one that was asked about, with the components and
	// architectures of the suite where it named none.
	Config Config
	// Components and Architectures are those that the suite has, without
	// "source"; none for a flat suite that does not name them.
	Components, Architectures []string
	Meta                      map[string]string // the fields of Release, without the sums
	Suite, Codename           string
	Date                      time.Time // of Release; zero when it has none
	SignedBy                  []string  // fingerprints
}

// Probe fetches and verifies the Release of a suite, and looks whether it has
// what the config wants. A component or architecture that it does not name is a
// problem of kind Invalid, unless the config skips that check.
func (s *Syncer) Probe(ctx context.Context, c Config) (Probe, error) {
	c = c.Expanded()
	if err := c.Check(); err != nil {
		return Probe{}, err
	}
	now := s.Now()
	f, err := s.fetchRelease(ctx, Mirror{Config: c}, true, now)
	if err != nil {
		return Probe{}, err
	}
	r, err := parseRelease(f.text)
	if err != nil {
		return Probe{}, err
	}
	if err := r.check(c, now); err != nil {
		return Probe{}, err
	}
	p := Probe{
		Config: c, Components: c.unprefixed(r.components), Architectures: withoutSource(r.architectures),
		Meta: r.meta, Suite: r.suite, Codename: r.codename, Date: r.date, SignedBy: f.signedBy,
	}
	return p, p.fill()
}

// fill gives the config what it left open, and refuses what is not there.
func (p *Probe) fill() error {
	c := &p.Config
	if len(c.Components) == 0 && !c.Flat() {
		c.Components = p.Components
	}
	if len(c.Architectures) == 0 {
		c.Architectures = p.Architectures
		return nil
	}
	if c.SkipArchitectureCheck || len(p.Architectures) == 0 { // a flat suite need not name them
		return nil
	}
	for _, a := range c.Architectures {
		if !slices.Contains(p.Architectures, a) && a != "all" {
			return problem.New(problem.Invalid, "the suite has no architecture %q", a).In("architectures").
				WithHint("it has: %s", strings.Join(p.Architectures, ", "))
		}
	}
	return nil
}

func withoutSource(architectures []string) []string {
	return slices.DeleteFunc(slices.Clone(architectures), func(a string) bool { return a == "source" })
}

// unprefixed takes the end of the suite's name off components: in the suite
// a/updates, the component main may be called updates/main.
func (c Config) unprefixed(components []string) []string {
	list := slices.Clone(components)
	if !strings.Contains(c.Suite, "/") || c.Flat() {
		return list
	}
	for i := range list {
		list[i] = strings.TrimPrefix(list[i], path.Base(c.Suite)+"/")
	}
	return list
}

// Learn keeps what a probe of the mirror's config told; nil tells nothing.
func (m *Mirror) Learn(p *Probe) {
	if p != nil {
		m.State.Meta, m.State.Suite, m.State.Codename = p.Meta, p.Suite, p.Codename
	}
}

// NeedsProbe tells whether a config looks elsewhere, or for other parts of a
// suite, than the one before.
func (c Config) NeedsProbe(before Config) bool {
	c = c.Expanded()
	return c.upstream() != before.upstream() || !slices.Equal(c.Components, before.Components) || !slices.Equal(c.Architectures, before.Architectures)
}
