// Package routes describes the REST API, /v1, as values: one [Route] for each operation,
// with the types of its input and its answer.
//
// Package rest serves these routes and writes the OpenAPI document from them, and the client
// of the command line calls them. An input is a struct whose fields have the tags path, query
// or header; its field Body is sent as JSON. An answer of type [None] is empty, and one of
// type []byte is a file.
package routes

import (
	"net/http"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Route is one operation of the API.
type Route[In, Out any] struct {
	ID      string // names the operation in the OpenAPI document
	Method  string
	Path    string // the pattern, such as /v1/mirrors/{name}
	Summary string
	Status  int  // of success; 0: 200
	Open    bool // for callers without a token too
}

// None is an input or an answer without content.
type None struct{}

// Body is an input that is only a body.
type Body[T any] struct{ Body T }

// Send returns the input of a route that takes only a body.
func Send[T any](body T) Body[T] { return Body[T]{body} }

// Named is a path that names one thing of a noun.
type Named struct {
	Name string `path:"name" maxLength:"200"`
}

// NamedBody is a name and a body.
type NamedBody[T any] struct {
	Named
	Body T
}

// SendTo returns the input of a route that takes a name and a body.
func SendTo[T any](name string, body T) NamedBody[T] { return NamedBody[T]{Named{name}, body} }

// Paging chooses a part of a list.
type Paging struct {
	After string `query:"after" doc:"What next said in the part before" maxLength:"1000"`
	Limit int    `query:"limit" doc:"Maximum number of items; 0 means 100" minimum:"0" maximum:"500"`
}

// Page returns the part in the words of the door.
func (p *Paging) Page() usecase.Page { return usecase.Page{After: p.After, Limit: p.Limit} }

// Part chooses the part of at most limit items that follows the item after.
func (p *Paging) Part(after string, limit int) { p.After, p.Limit = after, limit }

func get[In, Out any](id, path, summary string) Route[In, Out] {
	return Route[In, Out]{ID: id, Method: http.MethodGet, Path: path, Summary: summary}
}

func post[In, Out any](id, path, summary string, status int) Route[In, Out] {
	return Route[In, Out]{ID: id, Method: http.MethodPost, Path: path, Summary: summary, Status: status}
}

func put[In, Out any](id, path, summary string) Route[In, Out] {
	return Route[In, Out]{ID: id, Method: http.MethodPut, Path: path, Summary: summary}
}

func patch[In, Out any](id, path, summary string) Route[In, Out] {
	return Route[In, Out]{ID: id, Method: http.MethodPatch, Path: path, Summary: summary}
}

func remove[In, Out any](id, path, summary string) Route[In, Out] {
	return Route[In, Out]{ID: id, Method: http.MethodDelete, Path: path, Summary: summary}
}

func drop[In any](id, path, summary string) Route[In, None] {
	return Route[In, None]{ID: id, Method: http.MethodDelete, Path: path, Summary: summary, Status: http.StatusNoContent}
}

// accepted returns a route that answers with an activity which has started.
func accepted[In, Out any](r Route[In, Out]) Route[In, Out] {
	r.Status = http.StatusAccepted
	return r
}

// open returns a route that callers without a token may use.
func open[In, Out any](r Route[In, Out]) Route[In, Out] {
	r.Open = true
	return r
}
