package httpkit

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// bodyTimeout is how long a body that is read into memory may take.
const bodyTimeout = time.Minute

// The errors of [Buffer] besides problem.TooLarge. Each dialect has a status of its own
// for them.
var (
	ErrSlowBody    = errors.New("the body did not come in time")
	ErrGarbledBody = errors.New("the body is cut short or garbled")
)

// Buffer reads the body into memory, so that a body that is too long, too slow or cut
// is refused before anything is done. A body over the limit is problem.TooLarge, the
// other errors are [ErrSlowBody] and [ErrGarbledBody].
func Buffer(w http.ResponseWriter, r *http.Request, limit int64) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout)) // a request of this process has none
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	_ = control.SetReadDeadline(time.Time{})
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return ErrSlowBody
	}
	if err != nil {
		return ErrGarbledBody
	}
	if int64(len(body)) > limit {
		return problem.New(problem.TooLarge, "the body is longer than %d bytes", limit)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}
