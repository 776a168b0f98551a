package publications

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

const typePublish = "publish"

// publishPayload is what a publish activity is about.
type PublishPayload struct {
	Publication int64 `json:"publication"`
	Rebuild     bool  `json:"rebuild,omitempty"`
	Renewal     bool  `json:"renewal,omitempty"`   // so that clients do not find it expired
	Withdraw    bool  `json:"withdraw,omitempty"`  // it was dropped: take it away from its place
	Overwrite   bool  `json:"overwrite,omitempty"` // take over paths of the pool

	passphrase string // of GnuPG's keys; in memory alone
}

func (s *Service) SubmitPublish(ctx context.Context, tx *db.Tx, p publish.Publication, in PublishPayload) (usecase.Activity, error) {
	return s.k.Submit(ctx, tx, PublishSpec(p, in))
}

func PublishSpec(p publish.Publication, in PublishPayload) activity.Spec {
	return activity.Spec{
		Type: typePublish, Subject: publishSubject(p), Payload: in,
		Locks:       publishLocks(p),
		UniqueKey:   fmt.Sprintf("%s %d rebuild=%t overwrite=%t", typePublish, p.ID, in.Rebuild, in.Overwrite),
		MaxAttempts: 3,
	}
}

// beginPublish starts a publish that needs a secret, which is stored nowhere: it
// runs in this process, and is over if that ends.
func (s *Service) beginPublish(ctx context.Context, in PublishPayload) (usecase.Activity, error) {
	p, err := usecase.View(ctx, s.k, func(tx *db.Tx) (publish.Publication, error) { return s.publish.ByID(ctx, tx, in.Publication) })
	if err != nil {
		return usecase.Activity{}, err
	}
	spec := activity.Spec{Type: typePublish, Subject: publishSubject(p), Payload: in, Locks: publishLocks(p)}
	started, _, err := s.k.BeginHere(ctx, spec, func(ctx context.Context, run *activity.Run) (any, error) { return s.release(ctx, run, in) })
	return started, err
}

// renew has a release that is valid for some time only followed by another.
func (s *Service) renew(ctx context.Context, tx *db.Tx, p publish.Publication, r publish.Release) error {
	after := r.RenewAfter()
	if after == 0 {
		return nil
	}
	_, err := s.k.Submit(ctx, tx, activity.Spec{
		Type: typePublish, Subject: publishSubject(p), Payload: PublishPayload{Publication: p.ID, Renewal: true},
		Locks:       publishLocks(p),
		RunAt:       s.k.Now().Add(after),
		UniqueKey:   fmt.Sprintf("%s %d renewal", typePublish, p.ID),
		MaxAttempts: 3,
	})
	return err
}

func publishSubject(p publish.Publication) string {
	return "publish:" + publish.JoinPlace(p.Endpoint, p.Prefix) + "/" + p.Distribution
}

// publishLocks makes publications of one prefix take turns: they share a pool.
func publishLocks(p publish.Publication) []activity.Lock { return placeLocks(p.Endpoint, p.Prefix) }

func placeLocks(endpoint, prefix string) []activity.Lock {
	return []activity.Lock{{Resource: "prefix:" + endpoint + "/" + prefix}}
}

// PublishResult is what a publish did.
type PublishResult struct {
	Unchanged bool      `json:"unchanged"`
	Release   int64     `json:"release"`
	Packages  int       `json:"packages"`
	At        time.Time `json:"at"`
	Warnings  []string  `json:"warnings,omitempty"` // what is wrong with packages
}

// registerPublications makes the kinds of work on publications known.
func (s *Service) register() {
	usecase.Register(s.k, usecase.Kind[PublishPayload, PublishResult]{
		Type: typePublish, Run: s.runPublish,
		MayCancel: func(ctx context.Context, _ PublishPayload) error { return access.Require(ctx, access.Publish) },
	})
	usecase.Register(s.k, usecase.Kind[tidyPayload, any]{Type: typeTidy, Run: s.runTidy})
}

// runPublish is the activity of a publish. A withdrawal that fails is tried again,
// since no later publish makes up for it.
func (s *Service) runPublish(ctx context.Context, run *activity.Run, in PublishPayload) (PublishResult, error) {
	result, err := s.release(ctx, run, in)
	if err != nil && in.Withdraw {
		err = activity.Retry(err)
	}
	return result, err
}

// release makes the next release of a publication: build, make durable, flip; and
// where another server serves it, deploy.
func (s *Service) release(ctx context.Context, run *activity.Run, in PublishPayload) (PublishResult, error) {
	defer s.k.Hold(run.Activity().Subject)()
	var warnings []string
	input, built, err := s.build(ctx, run, in, &warnings)
	if err != nil {
		return PublishResult{}, err
	}
	p := input.Publication
	result := PublishResult{Unchanged: true, Warnings: warnings}
	if r := input.Previous; r != nil {
		result = PublishResult{Unchanged: true, Release: r.Number, Packages: r.Packages, At: usecase.Stamp(r.At), Warnings: warnings}
	}
	store := func(*db.Tx) error { return nil }
	if !p.Dropped && !built.Same() {
		run.Progress(activity.Progress{Phase: "store"})
		if err := s.k.Pool.Flush(ctx); err != nil {
			return PublishResult{}, err
		}
		store = func(tx *db.Tx) error {
			r, err := s.publish.Commit(ctx, tx, built, run.Activity().ID)
			if err != nil {
				return err
			}
			result = PublishResult{Release: r.Number, Packages: r.Packages, At: usecase.Stamp(r.At), Warnings: warnings}
			return s.renew(ctx, tx, p, r)
		}
	}
	if p.Endpoint == publish.BuiltIn {
		return result, run.Commit(ctx, &result, store)
	}
	// What is deployed must be known before: a run that dies goes on from there.
	err = s.k.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := store(tx); err != nil {
			return err
		}
		return s.publish.Begin(ctx, tx, p.ID)
	})
	if err != nil {
		return PublishResult{}, err
	}
	finish, err := s.deploy(ctx, run, p.ID, in.Rebuild)
	if err != nil {
		return PublishResult{}, err
	}
	return result, run.Commit(ctx, &result, finish)
}

// build makes the next release of a publication, seen by nobody yet. One that was
// dropped, for which a renewal or the withdrawal was waiting still, has none.
func (s *Service) build(ctx context.Context, run *activity.Run, in PublishPayload, warnings *[]string) (input publish.Input, built publish.Built, err error) {
	var missing bitset.Set
	err = s.k.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if input, err = s.publishInput(ctx, tx, in); err != nil || input.Publication.Dropped {
			return err
		}
		if missing, err = s.builder.MissingFileLists(ctx, tx, input); err != nil || !missing.IsEmpty() {
			return err
		}
		input.Progress = func(done, total int, path string) {
			run.Progress(activity.Progress{Phase: "build " + path, Done: int64(done), Total: int64(total)})
		}
		built, err = s.builder.Build(ctx, tx, input)
		return err
	})
	if err != nil || missing.IsEmpty() {
		return input, built, err
	}
	if err := s.collections.ReadFileLists(ctx, run, missing, warnings); err != nil {
		return input, built, err
	}
	return s.build(ctx, run, in, warnings) // of what there is now
}

// publishInput gathers all that a release is made of, as it is now.
func (svc *Service) publishInput(ctx context.Context, tx *db.Tx, in PublishPayload) (publish.Input, error) {
	p, err := svc.publish.ByID(ctx, tx, in.Publication)
	if err != nil {
		return publish.Input{}, err
	}
	if p.Dropped && !in.Renewal && !in.Withdraw {
		return publish.Input{}, problem.New(problem.NotFound, "%s is not published any more", p.Ref())
	}
	input := publish.Input{Publication: p, Sources: slices.Clone(p.Sources), Rebuild: in.Rebuild, Overwrite: in.Overwrite}
	input.Publication.Options = p.Options.ResolveSnapshots(svc.snapshotRoot(p))
	for i, s := range input.Sources {
		if s.Revision != 0 { // it is held there
			continue
		}
		c, err := svc.k.Catalog.ByID(ctx, tx, s.Collection)
		if err != nil {
			return publish.Input{}, err
		}
		input.Sources[i].Revision = c.Head
	}
	if p.Head > 0 {
		previous, err := svc.publish.Release(ctx, tx, p.ID, p.Head)
		if err != nil {
			return publish.Input{}, err
		}
		input.Previous = &previous
	}
	input.At = publish.Date(svc.k.Now(), input.Previous)
	input.Signers, err = svc.signers(ctx, tx, p.Options, in.passphrase)
	return input, err
}

// behind tells whether the newest release of a publication has not the newest state of
// all that it follows.
func (svc *Service) Behind(ctx context.Context, tx *db.Tx, p publish.Publication) (bool, error) {
	if p.Head == 0 {
		return true, nil
	}
	newest, err := svc.publish.Release(ctx, tx, p.ID, p.Head)
	if err != nil {
		return false, err
	}
	for _, s := range newest.Sources {
		c, err := svc.k.Catalog.ByID(ctx, tx, s.Collection)
		if err != nil || s.Revision < c.Head {
			return true, err
		}
	}
	return false, nil
}
