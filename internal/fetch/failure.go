package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// maxRetryAfter limits the pause that a server can demand with Retry-After.
const maxRetryAfter = 2 * time.Minute

// ErrUnauthorized is wrapped by errors about answers 401 and 403.
var ErrUnauthorized = errors.New("the server refuses this file")

// unauthorized is an answer 401 or 403, with its own text.
type unauthorized struct{ error }

func (u unauthorized) Is(target error) bool { return target == ErrUnauthorized }

// failure is a server's fault in one attempt. Local errors (a full disk, a cancelled
// context) are never failures, so they are never retried.
type failure struct {
	kind  problem.Kind
	err   error
	hint  string
	retry bool
	wait  time.Duration // before the next attempt, at least
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// passing returns a failure that can be over at the next attempt.
func passing(err error) *failure {
	return &failure{kind: problem.Upstream, err: err, retry: true}
}

// lasting returns a failure that another attempt cannot correct.
func lasting(err error) *failure {
	return &failure{kind: problem.Upstream, err: err}
}

func (f *failure) problem(u *url.URL, tries int) error {
	after := ""
	if tries > 1 {
		after = fmt.Sprintf(", after %d attempts", tries)
	}
	return problem.New(f.kind, "GET %s: %w%s", display(u), f.err, after).WithHint("%s", f.hint)
}

// statusFailure returns the failure of an unaccepted status (RFC 9110 section 15).
func statusFailure(r *http.Response) *failure {
	err := fmt.Errorf("%d %s", r.StatusCode, http.StatusText(r.StatusCode))
	switch code := r.StatusCode; {
	case code == http.StatusNotFound, code == http.StatusGone:
		return &failure{kind: problem.NotFound, err: fmt.Errorf("%w (%w)", err, fs.ErrNotExist)}
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return &failure{kind: problem.Denied, err: unauthorized{err}, hint: "check the credentials for this server"}
	case code == http.StatusProxyAuthRequired:
		return &failure{kind: problem.Denied, err: err, hint: "check the credentials in https_proxy or http_proxy"}
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout,
		code >= 500 && code != http.StatusNotImplemented:
		f := passing(err)
		f.wait = retryAfter(r.Header.Get("Retry-After"), time.Now())
		return f
	}
	return lasting(err)
}

// retryAfter parses a number of seconds or a date (RFC 9110 section 10.2.3). Anything else
// means 0.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// sendFailure returns the failure of sending a request or waiting for its answer.
func sendFailure(err error) *failure {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the URL, which may hold credentials
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		f := lasting(err)
		f.hint = "check the server's name and the resolver"
		return f
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		f := lasting(err)
		f.hint = "if your own certificate authority issued the server's certificate, add that authority"
		return f
	}
	if errors.Is(err, http.ErrSchemeMismatch) || errors.Is(err, errRedirect) {
		return lasting(err)
	}
	return passing(err)
}

// ownError returns the cause of ctx's end, if it has ended, with the URL.
func ownError(ctx context.Context, u *url.URL) error {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("GET %s: %w", display(u), cause)
	}
	return nil
}
