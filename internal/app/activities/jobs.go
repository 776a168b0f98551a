package activities

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Do runs a job and returns its finished activity with the error of the work. When ctx ends
// before the job, as when a client or a proxy stops waiting, Do returns the error of ctx, and
// the job continues as if Begin had started it.
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

// Begin starts a job, which runs on after this call in the name of the caller. It ends with
// the process, and no other process resumes it. With too many waiting jobs, and in a process
// that is about to end, the error is problem.Unavailable.
func (s *Service) Begin(ctx context.Context, job usecase.Job, work usecase.Work) (usecase.Activity, error) {
	begun, _, err := s.k.BeginHere(ctx, job.Spec(), usecase.Handler(work))
	return begun, err
}

// End cancels the jobs of this process and returns when they have ended, or the error of
// ctx. No job starts after it.
func (s *Service) End(ctx context.Context) error { return s.k.EndJobs(ctx) }
