package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
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

// Progress is told how far a sync is; it must be quick.
type Progress func(phase string, files, allFiles, bytes, allBytes int64)

// Plan is what a sync is going to do.
type Plan struct {
	Unchanged bool // the upstream is as the last sync saw it
	Packages  int  // wanted, upstream
	Download  int  // files that the pool does not have
	Bytes     int64

	syncer    *Syncer
	mirror    Mirror
	state     State
	indexes   []index
	downloads []fetch.Request
	force     bool
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
	now := s.Now()
	progress("release", 0, 0, 0, 0)
	f, err := s.fetchRelease(ctx, m, force, now)
	if err != nil {
		return nil, err
	}
	p := &Plan{syncer: s, mirror: m, force: force, state: m.State, Unchanged: f.unchanged}
	p.state.SyncedAt = now.UnixMicro()
	if f.unchanged {
		return p, nil
	}
	r, err := parseRelease(f.text)
	if err != nil {
		return nil, err
	}
	if err := s.judge(m, r, now); err != nil {
		return nil, err
	}
	p.state = State{
		Release: f.name, Conditions: f.conditions, Detached: f.detached, Config: m.Config.digest(), SignedBy: f.signedBy,
		Suite: r.suite, Codename: r.codename, Date: unixOrZero(r.date), ValidUntil: unixOrZero(r.validUntil), SyncedAt: now.UnixMicro(),
	}
	if p.indexes, err = r.indexes(m.Config); err != nil {
		return nil, err
	}
	if err := s.fetchIndexes(ctx, m.Config, r, p.indexes, progress); err != nil {
		return p, err
	}
	return p, p.compare(ctx, d, progress)
}

// judge refuses a release that is expired, from the future, older than the one
// before, or without what is wanted.
func (s *Syncer) judge(m Mirror, r release, now time.Time) error {
	if err := r.check(m.Config, now); err != nil {
		return err
	}
	if m.current() && !r.date.IsZero() && r.date.Unix() < m.State.Date && !m.Config.AcceptExpired {
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

func (s *Syncer) fetchIndexes(ctx context.Context, c Config, r release, indexes []index, progress Progress) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	progress("indexes", 0, int64(len(indexes)), 0, 0)
	for i := range indexes {
		group.Go(func() error { return s.fetchIndex(ctx, c, r, &indexes[i]) })
	}
	return group.Wait()
}

// get downloads one small set of bytes, wherever it may be.
func (s *Syncer) get(ctx context.Context, urls []string, expect blob.Expect) (blob.Ref, error) {
	return s.Client.Blob(ctx, s.Pool, fetch.Request{URLs: urls, Expect: expect})
}

// compare reads the indexes and finds which files are to be downloaded. What the
// collection lists now has its files in the pool.
func (p *Plan) compare(ctx context.Context, d *db.DB, progress Progress) error {
	var have bitset.Set
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		have, err = p.syncer.Catalog.Set(ctx, tx, p.mirror.Collection.View())
		return err
	})
	if err != nil {
		return err
	}
	planned := map[digest.SHA256]bool{}
	batch := make([]entry, 0, compareBatch)
	flush := func() error {
		defer func() { batch = batch[:0] }()
		return p.compareBatch(ctx, d, have, planned, batch)
	}
	for e, err := range p.entries(ctx) {
		if err != nil {
			return err
		}
		p.Packages++
		if batch = append(batch, e); len(batch) == compareBatch {
			progress("compare", int64(p.Packages), 0, 0, 0)
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// compareBatch is how many packages are compared at a time.
const compareBatch = 500

// entries reads every index, one after the other.
func (p *Plan) entries(ctx context.Context) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for _, x := range p.indexes {
			for e, err := range p.syncer.entries(ctx, p.mirror.Config, x) {
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// compareBatch plans the downloads of some packages.
func (p *Plan) compareBatch(ctx context.Context, d *db.DB, have bitset.Set, planned map[digest.SHA256]bool, batch []entry) error {
	keys := make([]digest.SHA256, len(batch))
	for i := range batch {
		keys[i] = batch[i].Key()
	}
	var listed map[digest.SHA256]bool
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		listed, err = p.syncer.Catalog.Listed(ctx, tx, keys, have)
		return err
	})
	if err != nil {
		return err
	}
	for i, e := range batch {
		if listed[keys[i]] {
			continue
		}
		for n, f := range e.Files {
			if planned[f.SHA256] {
				continue
			}
			planned[f.SHA256] = true
			if _, err := p.syncer.Pool.Stat(ctx, f.SHA256); err == nil {
				continue
			} else if !problem.Is(err, problem.NotFound) {
				return fmt.Errorf("looking into the pool: %w", err)
			}
			p.Download++
			p.Bytes += f.Size
			p.downloads = append(p.downloads, fetch.Request{
				URLs:   []string{join(p.mirror.Config.URL, e.remote[n])},
				Expect: blob.Expect{SHA256: f.SHA256, Size: f.Size},
			})
		}
	}
	return nil
}

// Fetch downloads the files that are missing and makes everything durable. What
// it got before a failure stays for the next try.
func (p *Plan) Fetch(ctx context.Context, progress Progress) error {
	if p.Unchanged {
		return nil
	}
	if len(p.downloads) > 0 {
		_, err := p.syncer.Client.Batch(ctx, p.syncer.Pool, requests(p.downloads), fetch.BatchOptions{
			Report: func(t fetch.Tally) { progress("download", t.Files, int64(p.Download), t.Bytes, p.Bytes) },
		})
		if err != nil {
			return fmt.Errorf("downloading packages: %w", err)
		}
	}
	return p.syncer.Pool.Flush(ctx)
}

func requests(list []fetch.Request) iter.Seq[fetch.Request] {
	return func(yield func(fetch.Request) bool) {
		for _, r := range list {
			if !yield(r) {
				return
			}
		}
	}
}

// Result is what a sync did.
type Result struct {
	Unchanged  bool   `json:"unchanged"`
	Revision   int64  `json:"revision"`
	Packages   int    `json:"packages"`
	Added      int    `json:"added"`
	Removed    int    `json:"removed"`
	Downloaded int    `json:"downloaded"`
	Bytes      int64  `json:"bytes"`
	Suite      string `json:"suite,omitempty"`
	Codename   string `json:"codename,omitempty"`
}

// Commit makes what was planned and fetched the newest revision of the mirror.
func (p *Plan) Commit(ctx context.Context, tx *db.Tx, activity int64) (Result, error) {
	s := p.syncer
	m, err := s.Store.of(ctx, tx, p.mirror.Collection) // as it is now: it may have been edited
	if err != nil {
		return Result{}, err
	}
	r := Result{Unchanged: p.Unchanged, Downloaded: p.Download, Bytes: p.Bytes, Suite: p.state.Suite, Codename: p.state.Codename}
	m.Collection, err = s.Catalog.ByID(ctx, tx, m.Collection.ID)
	if err != nil {
		return Result{}, err
	}
	old, err := s.Catalog.Set(ctx, tx, m.Collection.View())
	if err != nil {
		return Result{}, err
	}
	r.Revision, r.Packages = m.Collection.Head, old.Len()
	if !p.Unchanged {
		set, err := s.Catalog.Intern(ctx, tx, p.catalogEntries(ctx))
		if err != nil {
			return Result{}, err
		}
		r.Packages, r.Added, r.Removed = set.Len(), set.Minus(old).Len(), old.Minus(set).Len()
		if err := p.guard(old.Len(), r.Removed); err != nil {
			return Result{}, err
		}
		head, _, err := s.Catalog.Replace(ctx, tx, m.Collection, set, activity)
		if err != nil {
			return Result{}, err
		}
		r.Revision = head.Revision
	}
	m.State = p.state
	return r, s.Store.Save(ctx, tx, m)
}

func (p *Plan) catalogEntries(ctx context.Context) iter.Seq2[catalog.Entry, error] {
	return func(yield func(catalog.Entry, error) bool) {
		for e, err := range p.entries(ctx) {
			if !yield(e.Entry, err) {
				return
			}
		}
	}
}

// guard refuses a sync that would drop more than the set share of a suite. It
// does not look when people changed what the mirror wants.
func (p *Plan) guard(before, removed int) error {
	limit := p.mirror.Config.ShrinkGuard
	if limit == 0 {
		limit = defaultShrinkGuard
	}
	if p.force || !p.mirror.current() || before < smallSuite || removed*100 <= before*limit {
		return nil
	}
	return problem.New(problem.Conflict, "the upstream dropped %d of %d packages, more than %d percent", removed, before, limit).
		WithHint("look at the upstream; to take it over all the same, sync with --force")
}

// hashing takes the sum of what is read through it.
type hashing struct {
	from io.Reader
	sum  *digest.Hasher
}

func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.from.Read(p)
	h.sum.Write(p[:n])
	return n, err
}
