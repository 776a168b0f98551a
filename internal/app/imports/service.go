// Package imports imports the repositories of other programs: aptly and reprepro.
package imports

import (
	"cmp"
	"context"
	"path/filepath"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

const typeImport = "import"

// Service holds the use cases.
type Service struct {
	k            *usecase.Kernel
	intake       *intake.Intake
	mirror       *mirror.Store
	publish      *publish.Store
	endpoint     endpoint.Store
	publications *publications.Service
}

// New returns the service and registers its kind of activities.
func New(k *usecase.Kernel, in *intake.Intake, mirrors *mirror.Store, published *publish.Store, endpoints endpoint.Store, p *publications.Service) *Service {
	s := &Service{k: k, intake: in, mirror: mirrors, publish: published, endpoint: endpoints, publications: p}
	usecase.Register(k, usecase.Kind[ImportPlan, ImportSummary]{Type: typeImport, Run: s.run})
	return s
}

// Plan returns what an import would do, and changes nothing. It needs access.Admin. If other
// objects have names of the import here already, it returns one problem.Conflict that lists
// them all.
func (s *Service) Plan(ctx context.Context, in ImportPlan) (ImportSummary, error) {
	if err := access.Require(ctx, access.Admin); err != nil { // before files are read
		return ImportSummary{}, err
	}
	im, err := s.open(ctx, in)
	if err != nil {
		return ImportSummary{}, err
	}
	defer im.close()
	return im.foresee(ctx)
}

// Start starts an import of the repos, mirrors and snapshots of another program with their
// packages, and of its publications with a first release each. It returns the errors of
// [Service.Plan]. A later import, also one after a crash, recognises what is here already,
// adds what is new there, and changes nothing else. The result of the activity is an
// ImportSummary.
func (s *Service) Start(ctx context.Context, in ImportPlan) (usecase.Activity, error) {
	if _, err := s.Plan(ctx, in); err != nil {
		return usecase.Activity{}, err
	}
	logged := in
	logged.Keyring = ""
	act := usecase.Act{Permission: access.Admin, Action: "import", Subject: string(in.From) + ":" + cmp.Or(in.Root, in.Config), Detail: logged}
	return usecase.Change(ctx, s.k, act, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		return s.k.Submit(ctx, tx, activity.Spec{
			Type: typeImport, Subject: "import:" + string(in.From), Payload: in, MaxAttempts: 3,
			Locks: []activity.Lock{{Resource: "import"}},
		})
	})
}

// run is the activity of an import.
func (s *Service) run(ctx context.Context, run *activity.Run, in ImportPlan) (ImportSummary, error) {
	defer s.k.Hold("import of " + string(in.From))()
	im, err := s.open(ctx, in)
	if err != nil {
		return ImportSummary{}, err
	}
	defer im.close()
	im.run = run
	return im.do(ctx)
}

// open surveys the other program.
func (s *Service) open(ctx context.Context, in ImportPlan) (im *importing, err error) {
	for _, path := range []struct{ field, value string }{
		{"root", in.Root}, {"config", in.Config}, {"gnupg_home", in.GnuPGHome}, {"endpoint_directory", in.EndpointDirectory},
	} {
		if path.value != "" && !filepath.IsAbs(path.value) {
			return nil, problem.New(problem.Invalid, "%q is not an absolute path", path.value).In(path.field)
		}
	}
	im = &importing{Service: s, plan: in, memo: map[memoKey]uint32{}}
	switch in.From {
	case FromAptly:
		im.foreign, err = s.openAptly(ctx, in)
	case FromReprepro:
		im.foreign, err = s.openReprepro(in)
	default:
		err = problem.New(problem.Invalid, "nothing can be imported from %q", in.From).In("from").WithHint("name aptly or reprepro")
	}
	return im, err
}
