package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/problem"
)

// Progress shows the progress of an activity.
type Progress interface {
	// See shows a state.
	See(usecase.Activity)
	// End is called once, after the last state.
	End()
}

// NewProgress returns a bar on terminals, and lines elsewhere.
func (p *Program) NewProgress() Progress {
	if f, ok := p.Err.(*os.File); ok && term.IsTerminal(int(f.Fd())) && p.Getenv("TERM") != "dumb" {
		return newBar(f)
	}
	return newLines(p.Err, firstLine, everyLine)
}

// Follow waits for an activity and shows its progress. A failed activity is an error. An interrupt
// cancels an activity of this process; an activity of a server goes on.
func (p *Program) Follow(ctx context.Context, id int64) (a usecase.Activity, err error) {
	s, err := p.Session(ctx)
	if err != nil {
		return a, err
	}
	if err := s.Work(ctx); err != nil {
		return a, err
	}
	show := p.NewProgress()
	a, err = s.Follow(ctx, id, show.See)
	show.End()
	if err != nil && ctx.Err() != nil {
		return a, s.interrupted(ctx, id)
	}
	if err != nil {
		return a, err
	}
	return a, outcome(a)
}

// interrupted ends the activity if it runs in this process.
func (s *Session) interrupted(ctx context.Context, id int64) error {
	if s.local == nil {
		return fmt.Errorf("activity %d goes on; `aptarium activity follow %d` shows it, `aptarium activity cancel %d` ends it", id, id, id)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if _, err := client.Call(ctx, s.Client, routes.CancelActivity, routes.ActivityID{ID: id}); err != nil && !problem.Is(err, problem.Conflict) {
		return err
	}
	a, err := s.Follow(ctx, id, func(usecase.Activity) {})
	if err != nil {
		return err
	}
	return outcome(a)
}

// outcome returns the error of an activity that was not done.
func outcome(a usecase.Activity) error {
	switch {
	case a.Status == "cancelled":
		return fmt.Errorf("activity %d was cancelled", a.ID)
	case a.Status == "failed" && a.Error != nil:
		return a.Error.Problem()
	case a.Status == "failed":
		return errors.New("the activity failed")
	}
	return nil
}
