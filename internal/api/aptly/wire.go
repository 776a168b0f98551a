package aptly

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/app/caller"
	"github.com/aptarium/aptarium/internal/problem"
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

// wireError is an error with a status of its own. Its text is the one that
// clients know.
type wireError struct {
	status  int
	problem *problem.Problem
	plain   bool // told as text/plain, as aptly tells what it cannot bind
}

// Error gives the text.
func (e *wireError) Error() string { return e.problem.Message }

// Unwrap gives the problem, by which tasks keep its kind.
func (e *wireError) Unwrap() error { return e.problem }

// fail makes an error with a status.
func fail(status int, format string, args ...any) error {
	return &wireError{status: status, problem: problem.New(kindOf(status), format, args...)}
}

// statusOf gives the status of each kind of problem where a route has no other.
func statusOf(kind problem.Kind) int {
	switch kind {
	case problem.Invalid, problem.Untrusted, problem.Upstream:
		return http.StatusBadRequest
	case problem.Unauthenticated:
		return http.StatusUnauthorized
	case problem.Denied:
		return http.StatusForbidden
	case problem.NotFound:
		return http.StatusNotFound
	case problem.Conflict:
		return http.StatusConflict
	case problem.TooLarge:
		return http.StatusRequestEntityTooLarge
	case problem.Full:
		return http.StatusInsufficientStorage
	case problem.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// kindOf is the other way, as far as routes name statuses.
func kindOf(status int) problem.Kind {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return problem.Invalid
	case http.StatusForbidden:
		return problem.Denied
	case http.StatusNotFound:
		return problem.NotFound
	case http.StatusConflict:
		return problem.Conflict
	case http.StatusRequestTimeout, http.StatusServiceUnavailable:
		return problem.Unavailable
	default:
		return problem.Internal
	}
}

// as tells an error of the application in the route's own way: with another
// status for a kind of problem, and another text before its own.
func as(err error, kind problem.Kind, status int, prefix string) error {
	p, is := errors.AsType[*problem.Problem](err)
	if _, done := errors.AsType[*wireError](err); done || !is || p.Kind != kind {
		return err
	}
	told := *p
	told.Message = prefix + textOf(p)
	told.Field, told.Hint = "", ""
	return &wireError{status: status, problem: &told}
}

// textOf is the text of a problem with what to do about it.
func textOf(p *problem.Problem) string {
	text := p.Message
	if p.Field != "" && !strings.Contains(text, p.Field) {
		text = p.Field + ": " + text
	}
	if p.Hint != "" {
		text += " (" + p.Hint + ")"
	}
	return text
}

// errorBody is the JSON of an error.
type errorBody struct {
	Error string `json:"error"`
}

// writeError answers with an error. What is no problem is a fault of our own: it is
// logged, and its text kept from the caller.
func (s *service) writeError(w http.ResponseWriter, r *http.Request, err error) {
	status, text, contentType := http.StatusInternalServerError, "the server failed; its log says why", jsonType
	own, wired := errors.AsType[*wireError](err)
	p, known := errors.AsType[*problem.Problem](err)
	switch {
	case wired:
		status, text = own.status, own.Error()
		if own.plain {
			contentType = "text/plain; charset=utf-8"
		}
	case known && p.Kind != problem.Internal:
		status, text = statusOf(p.Kind), textOf(p)
	case r.Context().Err() != nil:
		status, text = http.StatusServiceUnavailable, "the request was ended before it was done"
	default:
		s.log.ErrorContext(r.Context(), "a request failed", "path", r.URL.Path, "error", err)
	}
	if status == http.StatusUnauthorized {
		w.Header()["Www-Authenticate"] = caller.Challenges()
	}
	writeJSON(w, status, contentType, errorBody{text})
}

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

// badBody is how aptly tells of a body that it cannot bind.
func badBody(text string) error {
	return &wireError{status: http.StatusBadRequest, problem: &problem.Problem{Kind: problem.Invalid, Message: text}, plain: true}
}

// bind reads the body into a struct with a pointer to it. Fields are named as the
// struct's, in any case; a field tagged `binding:"required"` must not be empty.
// JSON comes with its content type; else the body is a form, which has flat
// fields only.
func (c *call) bind(into any) error {
	kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		if err := c.bindJSON(into); err != nil {
			return err
		}
	case "", "application/x-www-form-urlencoded":
		if err := c.bindForm(into); err != nil {
			return err
		}
	default:
		return badBody("the content type " + strconv.Quote(kind) + " cannot be read: send application/json")
	}
	return required(reflect.ValueOf(into).Elem(), "")
}

// bindOptional is bind for routes that also take no body at all.
func (c *call) bindOptional(into any) error {
	if c.Body == nil || c.Body == http.NoBody || c.ContentLength == 0 {
		return nil
	}
	return c.bind(into)
}

func (c *call) bindJSON(into any) error {
	decoder := json.NewDecoder(c.Body)
	err := decoder.Decode(into)
	if errors.Is(err, io.EOF) {
		return badBody("EOF")
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return badBody(fmt.Sprintf("json: cannot unmarshal %s into Go struct field .%s of type %s", wrong.Value, wrong.Field, wrong.Type))
	}
	if err != nil {
		return badBody(err.Error())
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return badBody("there is more behind the JSON value")
	}
	return nil
}

func (c *call) bindForm(into any) error {
	text, err := io.ReadAll(c.Body)
	if err != nil {
		return badBody(err.Error())
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		form = url.Values{} // a body of another kind without its type has no fields
	}
	for name, values := range c.URL.Query() {
		form[name] = append(form[name], values...)
	}
	target := reflect.ValueOf(into).Elem()
	if target.Kind() != reflect.Struct {
		return badBody("a form cannot hold a list: send application/json")
	}
	for i := range target.NumField() {
		if err := setField(target.Field(i), form[target.Type().Field(i).Name]); err != nil {
			return badBody(fmt.Sprintf("%s: %v", target.Type().Field(i).Name, err))
		}
	}
	return nil
}

// setField sets a field of a form from its texts.
func setField(field reflect.Value, texts []string) error {
	if len(texts) == 0 {
		return nil
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(texts[0])
	case reflect.Bool:
		value, err := strconv.ParseBool(texts[0])
		field.SetBool(value)
		return err
	case reflect.Pointer:
		fresh := reflect.New(field.Type().Elem())
		field.Set(fresh)
		return setField(fresh.Elem(), texts)
	case reflect.Slice:
		if field.Type().Elem().Kind() == reflect.String {
			field.Set(reflect.ValueOf(texts))
		}
	}
	return nil
}

// required looks for the fields that must not be empty.
func required(v reflect.Value, path string) error {
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Tag.Get("binding") == "required" && v.Field(i).IsZero() {
			return badBody(fmt.Sprintf("Key: '%s%s' Error:Field validation for '%s' failed on the 'required' tag", path, field.Name, field.Name))
		}
		if v.Field(i).Kind() == reflect.Slice && v.Field(i).Type().Elem().Kind() == reflect.Struct {
			for n := range v.Field(i).Len() {
				if err := required(v.Field(i).Index(n), fmt.Sprintf("%s%s[%d].", path, field.Name, n)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
