package aptly

import (
	"context"
	"net/http"
	"time"

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// updateMirrorTask begins the names of tasks that update mirrors.
const updateMirrorTask = "Update mirror "

func updateMirror(c *call) (answer, error) {
	var in struct {
		Name                                          string
		Keyrings                                      []string
		IgnoreChecksums, IgnoreSignatures             bool // checksums are checked anyway
		ForceUpdate, SkipExistingPackages, LatestOnly bool
	}
	if err := c.bindOptional(&in); err != nil {
		return answer{}, err
	}
	m, err := c.mirror("")
	if err != nil {
		return answer{}, err
	}
	if in.Name != "" && in.Name != m.Name {
		if _, err := c.service.app.Mirrors.Get(c.Context(), in.Name); err == nil {
			return answer{}, fail(http.StatusConflict, "unable to rename: mirror %s already exists", in.Name)
		}
	}
	return c.task(updateMirrorTask+m.Name, []string{mirrorResource(m)}, func(ctx context.Context, run usecase.JobRun) (answer, error) {
		if err := c.retrust(ctx, m.Name, in.Keyrings, in.IgnoreSignatures); err != nil {
			return answer{}, err
		}
		started, err := c.service.app.Mirrors.Sync(ctx, m.Name, mirrors.SyncOptions{Force: in.ForceUpdate, LatestOnly: in.LatestOnly})
		if err != nil {
			return answer{}, err
		}
		if err := c.service.follow(ctx, started, run); err != nil {
			return answer{}, as(err, problem.Upstream, http.StatusInternalServerError, "unable to update: ")
		}
		if in.Name != "" && in.Name != m.Name {
			if _, err := c.service.app.Mirrors.Rename(ctx, m.Name, in.Name); err != nil {
				return answer{}, err
			}
		}
		return answer{http.StatusNoContent, nil}, nil
	})
}

// retrust sets the keys of a mirror to those of the keyrings in a call, if it has any.
func (c *call) retrust(ctx context.Context, name string, keyrings []string, ignore bool) error {
	if !ignore && len(keyrings) == 0 {
		return nil
	}
	m, err := c.service.app.Mirrors.Get(ctx, name) // as it is now
	if err != nil {
		return err
	}
	config := m.Config
	switch {
	case ignore:
		config.Keyring = ""
	case len(keyrings) > 0:
		if config.Keyring, err = c.keys(ctx, keyrings); err != nil {
			return as(err, problem.NotFound, http.StatusBadRequest, "unable to initialize GPG verifier: ")
		}
	}
	_, err = c.service.app.Mirrors.Edit(ctx, m.Name, config)
	return err
}

// watchTime is the time that one request for an activity waits for a change.
const watchTime = 30 * time.Second

// follow waits for the end of an activity that a task began, and reports its progress as
// that of the task.
func (s *service) follow(ctx context.Context, a usecase.Activity, run usecase.JobRun) error {
	for !a.Finished() {
		var err error
		if a, err = s.app.Activities.Watch(ctx, a.ID, a.Version, watchTime); err != nil {
			return err
		}
		run.Progress(a.Progress)
	}
	switch {
	case a.Status == "done":
		return nil
	case a.Error != nil:
		return a.Error.Problem()
	}
	return fail(http.StatusInternalServerError, "the work was cancelled")
}
