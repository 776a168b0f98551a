package upload

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
)

// TestNoErrorIs403 has a reason of its own: see statusOf.
func TestNoErrorIs403(t *testing.T) {
	t.Parallel()
	for kind, want := range map[problem.Kind]int{
		problem.Invalid: 422, problem.Untrusted: 422, problem.Unauthenticated: 401, problem.Denied: 401, problem.NotFound: 404, problem.Conflict: 409,
		problem.TooLarge: 413, problem.Upstream: 502, problem.Full: 507, problem.Unavailable: 503, problem.Internal: 500,
	} {
		if got := statusOf(fmt.Errorf("taking a file: %w", problem.New(kind, "x"))); got != want {
			t.Errorf("%s is %d, not %d", kind, got, want)
		}
	}
	for err, want := range map[error]int{errors.New("secret"): 500, os.ErrDeadlineExceeded: 408, errMethod: 405, errLength: 411} {
		if got := statusOf(ofBody(err)); got != want {
			t.Errorf("%v is %d, not %d", err, got, want)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{
		"/upload/standalone/ubuntu/noble/staging/hello.deb", "/upload/standalone/ubuntu/noble/staging/%2e%2e", "/upload/standalone/a%2Fb/c/d/e",
		"/upload/", "/upload//////", "/upload/standalone/u/n/s/", "/upload/standalone/u/n/s/%", "/upload/other/u/n/s/f",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		pocket, file, err := parsePath(u)
		if err != nil {
			if !problem.Is(err, problem.NotFound) {
				t.Errorf("%q: %v", path, err)
			}
			return
		}
		again := "/upload/standalone"
		for _, part := range []string{pocket.Distribution, pocket.Series, pocket.Pocket, file} {
			if part == "" {
				t.Errorf("%q has an empty part", path)
			}
			again += "/" + url.PathEscape(part)
		}
		if u, err := url.ParseRequestURI(again); err != nil {
			t.Errorf("%q: %v", again, err)
		} else if p, f, err := parsePath(u); err != nil || p != pocket || f != file {
			t.Errorf("%q came back as %+v %q, %v", path, p, f, err)
		}
	})
}
