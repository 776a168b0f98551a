package upload

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/problem"
)

// Errors that have a status of their own.
var (
	errMethod = problem.New(problem.Invalid, "files are sent by PUT or POST").WithHint("this address gives nothing; published packages are below /repository/")
	errLength = problem.New(problem.Invalid, "the length of the file is not told").WithHint("send Content-Length, not a body in chunks")
	errSlow   = problem.New(problem.Unavailable, "the file came too slowly")
	errCut    = problem.New(problem.Invalid, "the file is cut short").WithHint("send it again")
)

// statusOf returns the status for an error. 403 is never among them: dput-ng takes it
// for a file that is there already, goes on, and ends as if all were well.
func statusOf(err error) int {
	switch {
	case errors.Is(err, errMethod):
		return http.StatusMethodNotAllowed
	case errors.Is(err, errLength):
		return http.StatusLengthRequired
	case problem.Is(err, problem.Denied):
		return http.StatusUnauthorized
	case errors.Is(err, errSlow):
		return http.StatusRequestTimeout
	case errors.Is(err, errCut):
		return http.StatusBadRequest
	}
	return httpkit.Status(problem.KindOf(err))
}

// ofBody returns the error for the uploader of a body that did not arrive whole.
func ofBody(err error) error {
	switch {
	case !problem.Is(err, problem.Internal):
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSlow
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errCut
	}
	return err
}

// writeError answers with an error, whose reason is in the status line and in the
// body.
func (h *handler) writeError(w http.ResponseWriter, r *http.Request, err error) {
	err = httpkit.Told(r.Context(), h.options.Log, ofBody(err), "path", r.URL.Path)
	status := statusOf(err)
	p, _ := errors.AsType[*problem.Problem](err) // without what was said around it for the log
	text := strings.Join(strings.Fields(p.Error()), " ")
	header := w.Header()
	switch status {
	case http.StatusMethodNotAllowed:
		header.Set("Allow", "PUT, POST")
	case http.StatusUnauthorized:
		header["Www-Authenticate"] = httpkit.Challenges()
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", "5")
	}
	if httpkit.StatusLine(w, r, status, text, max(r.ContentLength, 0)) {
		return
	}
	header.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the client is gone if this fails
}
