package mirror

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/problem"
	"golang.org/x/sync/errgroup"
)

// Syncer syncs mirrors.
type Syncer struct {
	Catalog *catalog.Store
	Store   *Store
	Pool    blob.Store
	Client  *fetch.Client
	Now     func() time.Time
}

// Plan is the work of a sync, computed before its first change.
type Plan struct {
	Unchanged bool // the upstream is the same as in the last sync
	Packages  int  // wanted, upstream
	Download  int  // files that the pool does not have
	Bytes     int64
	// Deferred counts the files that the pool does not have and the sync defers, see [OnDemand].
	Deferred      int
	DeferredBytes int64

	syncer   *Syncer
	mirror   Mirror
	state    State
	indexes  []index
	deferred []Deferred      // known after Fetch
	arrived  []digest.SHA256 // downloaded, if any mirror has deferred files
	defers   bool            // any mirror has deferred files
	missing  bitset.Set      // numbers of the files that the pool lacks, in the order of the indexes
	repeated bitset.Set      // numbers of the entries that are passed over
	forgiven bitset.Set      // numbers of the entries that are left out if the upstream refuses their files
	late     bitset.Set      // the forgiven entries that wait for files
	items    []catalog.Entry // items of the suite, in the pool already
	begins   []catalog.Entry // the upstream's InRelease and Release, if they are kept
	force    bool
	apart    map[fileKey]struct{} // files whose upstream path differs from ours

	duplicates int
	firstFew   []string
	members    bitset.Set // what the suite lists, known after Fetch
	skipped    tally      // of the forgiven entries, known after Fetch
}

// Plan reads the upstream and compares it with the pool. Force reads everything again and disables
// the shrink guard.
func (s *Syncer) Plan(ctx context.Context, d *db.DB, m Mirror, force bool, progress Progress) (*Plan, error) {
	for try := 0; ; try++ {
		p, err := s.plan(ctx, d, m, force, progress)
		// An upstream in the middle of an update may have new indexes beside the old Release: try
		// once more.
		moved := errors.As(err, new(*blob.MismatchError)) || problem.Is(err, problem.NotFound)
		if err == nil || !moved || try > 0 || p == nil {
			return p, err
		}
	}
}

// plan returns a plan with its error once it has read Release.
func (s *Syncer) plan(ctx context.Context, d *db.DB, m Mirror, force bool, progress Progress) (*Plan, error) {
	if err := m.Config.checkClasses(); err != nil { // one sync may want less than the config says
		return nil, err
	}
	now := s.Now()
	progress.release()
	f, err := s.fetchRelease(ctx, m, force, now)
	if err != nil {
		return nil, err
	}
	p := &Plan{syncer: s, mirror: m, force: force, state: m.State, Unchanged: f.unchanged}
	p.state.SyncedAt = now.UnixMicro()
	if f.unchanged { // an unchanging upstream may hide updates
		return p, m.Config.checkExpiry(timeOrZero(m.State.ValidUntil), now)
	}
	r, err := parseRelease(f.text)
	if err != nil {
		return nil, err
	}
	if err := s.judge(m, r, now); err != nil {
		return nil, err
	}
	p.state = State{
		Release: f.name, Conditions: f.conditions, Detached: f.detached, SignedBy: f.signedBy,
		Config: m.Config.digest(), Upstream: m.Config.upstream(), Wanted: m.Config.wanted(),
		Suite: r.suite, Codename: r.codename, Meta: r.meta, Date: unixOrZero(r.date), ValidUntil: unixOrZero(r.validUntil), SyncedAt: now.UnixMicro(),
	}
	if p.indexes, p.state.Warnings, err = r.indexes(m.Config); err != nil {
		return nil, err
	}
	if err := s.fetchIndexes(ctx, m.Config, r, p.indexes, progress); err != nil {
		return p, err
	}
	warnings, err := p.fetchItems(ctx, d, r, progress)
	if err != nil {
		return p, err
	}
	p.state.Warnings = append(p.state.Warnings, warnings...)
	if err := p.compare(ctx, d, progress); err != nil || !m.Config.Verbatim {
		return p, err
	}
	warnings, err = p.keepVerbatim(ctx, r, f)
	p.state.Warnings = append(p.state.Warnings, warnings...)
	return p, err
}

// judge refuses a release that is expired, from the future, older than the last one, or without a
// wanted component.
func (s *Syncer) judge(m Mirror, r release, now time.Time) error {
	if err := r.check(m.Config, now); err != nil {
		return err
	}
	if m.State.Upstream == m.Config.upstream() && !r.date.IsZero() && r.date.Unix() < m.State.Date && !m.Config.AcceptExpired {
		return problem.New(problem.Untrusted, "Release went back in time: it is of %s, the last one was of %s",
			r.date.Format(time.DateTime), time.Unix(m.State.Date, 0).UTC().Format(time.DateTime)).In("Date").
			WithHint("the upstream replays an old state; set accept_expired to accept it")
	}
	return nil
}

func unixOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func timeOrZero(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

func (s *Syncer) fetchIndexes(ctx context.Context, c Config, r release, indexes []index, progress Progress) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	progress.indexes(len(indexes))
	for i := range indexes {
		group.Go(func() error { return s.fetchIndex(ctx, c, r, &indexes[i]) })
	}
	return group.Wait()
}

// Probe is the description of an upstream suite, read before a mirror of it exists.
type Probe struct {
	// Config is the config of the request, with all components and architectures of the suite where
	// it named none.
	Config Config
	// Components and Architectures are the suite's own, without "source". A flat suite may name
	// none.
	Components, Architectures []string
	Meta                      map[string]string // the fields of Release, without the sums
	Suite, Codename           string
	Date                      time.Time // of Release; zero when it has none
	SignedBy                  []string  // fingerprints
}

// Probe returns the description of a suite from its verified Release. A wanted component or
// architecture that it does not name is a problem of kind Invalid, unless the config skips that
// check.
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

// fill completes the components and architectures of the config, and refuses unknown architectures.
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

// unprefixed strips the end of the suite's name from components: in the suite a/updates, the
// component main may be called updates/main.
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

// Learn sets the mirror's state from a probe of its config; nil changes nothing.
func (m *Mirror) Learn(p *Probe) {
	if p != nil {
		m.State.Meta, m.State.Suite, m.State.Codename = p.Meta, p.Suite, p.Codename
	}
}

// NeedsProbe reports whether a config follows another suite, or other components or architectures,
// than the config before.
func (c Config) NeedsProbe(before Config) bool {
	c = c.Expanded()
	return c.upstream() != before.upstream() || !slices.Equal(c.Components, before.Components) || !slices.Equal(c.Architectures, before.Architectures)
}
