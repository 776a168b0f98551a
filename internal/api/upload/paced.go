package upload

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// pacedBody is a body whose sender must not stand still for long, nor be slower than
// some pace on the whole: who sends a byte a minute would keep a place for ever.
type pacedBody struct {
	body    io.Reader
	control *http.ResponseController
	stall   time.Duration
	until   time.Time
}

// longest is the most seconds that a body may take, whatever length it tells.
const longest = 7 * 24 * 3600

// paced returns the body of a request, to be read in time.
func (h *handler) paced(w http.ResponseWriter, r *http.Request) io.Reader {
	enough := time.Duration(min(r.ContentLength/h.options.Pace, longest)) * time.Second
	return &pacedBody{r.Body, http.NewResponseController(w), h.options.Stall, time.Now().Add(h.options.Leisure + enough)}
}

// Read fails with os.ErrDeadlineExceeded when nothing came in time.
func (b *pacedBody) Read(p []byte) (int, error) {
	deadline := time.Now().Add(b.stall)
	if deadline.After(b.until) {
		deadline = b.until
	}
	if err := b.control.SetReadDeadline(deadline); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := b.body.Read(p)
	if err != nil { // also at the end: the connection may have further requests
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
