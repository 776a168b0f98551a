package activities

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Do does a job and gives its finished activity, with the error of the work. The
// job does not end with ctx, as when a client or a proxy does not wait as long as
// it takes: then it goes on as if Begin had begun it, and ctx's error comes back.
func (s *Service) Do(ctx context.Context, job usecase.Job, work usecase.Work) (usecase.Activity, error) {
	_, ended, err := s.k.BeginHere(ctx, job.Spec(), usecase.Handler(work))
	if err != nil {
		return usecase.Activity{}, err
	}
	select {
	case e := <-ended:
		return s.k.Show(e.Activity), e.Err
	case <-ctx.Done():
		return usecase.Activity{}, ctx.Err()
	}
}

// Begin starts a job, which goes on after this call in the name of whoever asked.
// It ends with the process: a job is not taken up again. When too many jobs wait,
// or the process is about to end, that is problem.Unavailable.
func (s *Service) Begin(ctx context.Context, job usecase.Job, work usecase.Work) (usecase.Activity, error) {
	begun, _, err := s.k.BeginHere(ctx, job.Spec(), usecase.Handler(work))
	return begun, err
}

// End cancels the jobs of this process, and returns when they have ended or with the
// context's error. No other begins after it.
func (s *Service) End(ctx context.Context) error { return s.k.EndJobs(ctx) }
