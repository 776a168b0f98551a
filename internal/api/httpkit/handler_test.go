package httpkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
)

// TestACallerLearnsProblemsAndNoFaultsOfOurs: the log learns these instead.
func TestACallerLearnsProblemsAndNoFaultsOfOurs(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx    context.Context
		err    error
		kind   problem.Kind
		logged int
	}{
		"a problem":                     {t.Context(), fmt.Errorf("reading: %w", problem.New(problem.Conflict, "it is there")), problem.Conflict, 0},
		"a fault":                       {t.Context(), errors.New("secret"), problem.Internal, 1},
		"a problem of ours":             {t.Context(), problem.New(problem.Internal, "secret"), problem.Internal, 1},
		"a panic":                       {t.Context(), errPanicked, problem.Internal, 0},
		"a request that ended":          {ended, errors.New("secret"), problem.Unavailable, 0},
		"work that ended":               {t.Context(), fmt.Errorf("secret: %w", context.Canceled), problem.Unavailable, 0},
		"a problem of an ended request": {ended, problem.New(problem.NotFound, "none"), problem.NotFound, 0},
	} {
		var log bytes.Buffer
		told := Told(c.ctx, slog.New(slog.NewTextHandler(&log, nil)), c.err, "path", "/x")
		if problem.KindOf(told) != c.kind || strings.Contains(told.Error(), "secret") {
			t.Errorf("%s is told as %v (%s)", name, told, problem.KindOf(told))
		}
		if lines := strings.Count(log.String(), "path=/x"); lines != c.logged {
			t.Errorf("%s has %d lines in the log: %s", name, lines, log.String())
		}
	}
}
