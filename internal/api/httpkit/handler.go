package httpkit

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/aptarium/aptarium/internal/problem"
)

// errPanicked stands for a panic, which [Handler] has logged.
var errPanicked = errors.New("the handler panicked")

// Handler returns a dialect's handler: serve, whose panics are logged and answered by
// fail, the dialect's own way to answer an error. When a part of the answer was sent
// already, the connection is cut instead, so that half an answer does not look whole.
func Handler(log *slog.Logger, serve http.HandlerFunc, fail func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := Watch(w)
		answer.Header().Set("X-Content-Type-Options", "nosniff")
		defer func() {
			fault := recover()
			switch {
			case fault == nil:
				return
			case fault == http.ErrAbortHandler:
				panic(fault)
			}
			log.ErrorContext(r.Context(), "a request panicked", "path", r.URL.Path, "panic", fault, "stack", string(debug.Stack()))
			if answer.Begun() {
				panic(http.ErrAbortHandler)
			}
			fail(answer, r, errPanicked)
		}()
		serve(answer, r)
	})
}

// Told returns what the caller learns of an error: the error itself where it carries a
// problem. Any other error is a fault of our own, which is logged with the arguments args
// and replaced by a problem.Internal without its text; or it follows from the end of the
// request, which is problem.Unavailable.
func Told(ctx context.Context, log *slog.Logger, err error, args ...any) error {
	switch {
	case !problem.Is(err, problem.Internal):
		return err
	case errors.Is(err, errPanicked):
	case ctx.Err() != nil, errors.Is(err, context.Canceled):
		return problem.New(problem.Unavailable, "the request was ended before it was done")
	default:
		log.ErrorContext(ctx, "a request failed", append(args, "error", err)...)
	}
	return problem.New(problem.Internal, "the server failed; its log says why")
}

// StrictPage sets the headers of a page in HTML that loads nothing, runs nothing and
// stands in no frame.
func StrictPage(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
}
