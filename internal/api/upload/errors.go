package upload

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/aptarium/aptarium/internal/app/caller"
	"github.com/aptarium/aptarium/internal/problem"
)

// Errors that have a status of their own.
var (
	errMethod = problem.New(problem.Invalid, "files are sent by PUT or POST").WithHint("this address gives nothing; published packages are below /repository/")
	errLength = problem.New(problem.Invalid, "the length of the file is not told").WithHint("send Content-Length, not a body in chunks")
)

// statusOf gives the status for an error. 403 is never among them: dput-ng takes it
// for a file that is there already, goes on, and ends as if all were well.
func statusOf(err error) int {
	switch {
	case errors.Is(err, errMethod):
		return http.StatusMethodNotAllowed
	case errors.Is(err, errLength):
		return http.StatusLengthRequired
	case problem.Is(err, problem.Denied):
		return http.StatusUnauthorized
	case !problem.Is(err, problem.Internal):
		return caller.Status(problem.KindOf(err))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout
	case errors.Is(err, io.ErrUnexpectedEOF):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// textOf gives an error in one line, and whether that is all there is to say; if not,
// the log has to.
func textOf(err error, status int) (text string, known bool) {
	switch status {
	case http.StatusRequestTimeout:
		return "the file came too slowly", true
	case http.StatusBadRequest:
		return "the file is cut short (send it again)", true
	case http.StatusInternalServerError:
		return "the server failed; its log says why", false
	}
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		err = p // without what was said around it for the log
	}
	return strings.Join(strings.Fields(err.Error()), " "), true
}

// writeError answers with an error, whose reason is in the status line and in the
// body.
func (h *Handler) writeError(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody is there to read it
	}
	status := statusOf(err)
	text, known := textOf(err, status)
	if !known {
		h.options.Log.ErrorContext(r.Context(), "taking an uploaded file", "path", r.URL.Path, "error", err)
	}
	header := w.Header()
	switch status {
	case http.StatusMethodNotAllowed:
		header.Set("Allow", "PUT, POST")
	case http.StatusUnauthorized:
		header["Www-Authenticate"] = caller.Challenges()
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", "5")
	}
	if caller.Reason(w, r, status, text, max(r.ContentLength, 0)) {
		return
	}
	header.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the client is gone if this fails
}
