package mirror

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/problem"
)

// Syncer brings mirrors up to date.
type Syncer struct {
	Catalog *catalog.Store
	Store   *Store
	Pool    blob.Store
	Client  *fetch.Client
	Now     func() time.Time
}

// Plan is what a sync is going to do.
type Plan struct {
	Unchanged bool // the upstream is as the last sync saw it
	Packages  int  // wanted, upstream
	Download  int  // files that the pool does not have
	Bytes     int64
	// Deferred counts the files that the pool does not have and that stay
	// upstream, see [OnDemand].
	Deferred      int
	DeferredBytes int64

	syncer   *Syncer
	mirror   Mirror
	state    State
	indexes  []index
	deferred []Deferred      // known after Fetch
	arrived  []digest.SHA256 // downloaded, where mirrors have files upstream
	defers   bool            // any mirror does
	missing  bitset.Set      // numbers of the files that the pool lacks, in the order of the indexes
	repeated bitset.Set      // numbers of the entries that are passed over
	forgiven bitset.Set      // numbers of the entries that are left out if the upstream refuses their files
	late     bitset.Set      // of these, those that wait for files
	items    []catalog.Entry // what the suite has besides packages, in the pool already
	begins   []catalog.Entry // the upstream's InRelease and Release, if they are kept
	force    bool
	apart    map[fileKey]struct{} // files that the upstream has elsewhere than we would

	duplicates int
	firstFew   []string
	members    bitset.Set // what the suite lists, known after Fetch
	skipped    tally      // of the forgiven entries, known after Fetch
}

// Plan asks the upstream what it has and compares that with the pool. Force
// reads everything anew and lets the shrink guard pass.
func (s *Syncer) Plan(ctx context.Context, d *db.DB, m Mirror, force bool, progress Progress) (*Plan, error) {
	for try := 0; ; try++ {
		p, err := s.plan(ctx, d, m, force, progress)
		// An upstream that is being updated may have put new indexes beside the
		// Release that we read: look once more.
		moved := errors.As(err, new(*blob.MismatchError)) || problem.Is(err, problem.NotFound)
		if err == nil || !moved || try > 0 || p == nil {
			return p, err
		}
	}
}

// plan gives a plan along with an error once Release was read.
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
	if f.unchanged { // who shows us the same for ever keeps what is new from us
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

// judge refuses a release that is expired, from the future, older than the one
// before, or without what is wanted.
func (s *Syncer) judge(m Mirror, r release, now time.Time) error {
	if err := r.check(m.Config, now); err != nil {
		return err
	}
	if m.State.Upstream == m.Config.upstream() && !r.date.IsZero() && r.date.Unix() < m.State.Date && !m.Config.AcceptExpired {
		return problem.New(problem.Untrusted, "Release went back in time: it is of %s, the last one was of %s",
			r.date.Format(time.DateTime), time.Unix(m.State.Date, 0).UTC().Format(time.DateTime)).In("Date").
			WithHint("the upstream replays an old state; accept_expired takes it anyway")
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
