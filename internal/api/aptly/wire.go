package aptly

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// call is a request.
type call struct {
	*http.Request
	service    *service
	writer     http.ResponseWriter
	parameters map[string]string
	still      []check // that a task repeats when it begins
}

// check returns an error if a name no longer has its former meaning.
type check func(context.Context) error

// lookup returns the object of a name, and ensures that the name has the same meaning for the
// task as for the call: meanwhile somebody may rename the object, and create another one with
// its name. unknown is the text of the error for another object or none.
func lookup[T any](c *call, name, unknown string, get func(context.Context, string) (T, error), id func(T) string) (T, error) {
	found, err := get(c.Context(), name)
	if err == nil {
		c.still = append(c.still, func(ctx context.Context) error {
			now, err := get(ctx, name)
			if err == nil && id(now) != id(found) {
				err = fail(http.StatusNotFound, "%s", unknown)
			}
			return notKnown(err, unknown)
		})
	}
	return found, notKnown(err, unknown)
}

// parameter returns a decoded part of the path.
func (c *call) parameter(name string) string { return c.parameters[name] }

// flag reports whether a parameter of the query is 1.
func (c *call) flag(name string) bool { return c.URL.Query().Get(name) == "1" }

// answer is the answer of a route. A nil body is JSON's null.
type answer struct {
	status int
	body   any
}

// ok returns the answer of success with a body.
func ok(body any) answer { return answer{http.StatusOK, body} }

// nothing is the empty body of an answer.
type nothing struct{}

// sent is the answer of a route that has written its answer itself.
var sent = answer{status: -1}

const jsonType = "application/json; charset=utf-8"

// writeJSON writes a value as the answer.
func writeJSON(w http.ResponseWriter, status int, contentType string, value any) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		status = http.StatusInternalServerError
		body.Reset()
		fmt.Fprintf(&body, "{\"error\":%q}\n", "the answer cannot be written")
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()-1))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()[:body.Len()-1]) // as aptly: no newline behind it
}
