package aptly

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// call is a request on its way.
type call struct {
	*http.Request
	service    *service
	writer     http.ResponseWriter
	parameters map[string]string
	still      []check // what a task looks at again when its turn comes
}

// check tells whether a name still means what it did.
type check func(context.Context) error

// found has a name mean for a task what it meant when the call came: meanwhile its
// thing may get another name, and another thing that one. find gives what it means
// now, and unknown is the text for one that means nothing, or something else.
func (c *call) found(id, unknown string, find func(context.Context) (string, error)) {
	c.still = append(c.still, func(ctx context.Context) error {
		now, err := find(ctx)
		if err == nil && now != id {
			err = fail(http.StatusNotFound, "%s", unknown)
		}
		return notKnown(err, unknown)
	})
}

// parameter gives a part of the path, decoded.
func (c *call) parameter(name string) string { return c.parameters[name] }

// flag tells whether a parameter of the query is switched on: by 1, and by nothing
// else.
func (c *call) flag(name string) bool { return c.URL.Query().Get(name) == "1" }

// answer is what a route gives. A nil body is JSON's null.
type answer struct {
	status int
	body   any
}

// ok is the answer of success with a body.
func ok(body any) answer { return answer{http.StatusOK, body} }

// nothing is the body of calls that have nothing to tell.
type nothing struct{}

// sent is the answer of a route that has written it.
var sent = answer{status: -1}

const jsonType = "application/json; charset=utf-8"

// writeJSON answers with a value.
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
