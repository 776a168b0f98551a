package rest

import (
	"context"
	"io"
	"iter"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/problem"
)

// maxUploads bounds the files of one request.
const maxUploads = 200_000

// uploads adds the route that takes files, as many as there are, one after the
// other: none is held in memory, and none is stored under a name before its end
// was seen.
func (s *service) uploads() {
	op := operation(s, routes.AddPackages)
	op.RequestBody = &huma.RequestBody{
		Required: true,
		Content: map[string]*huma.MediaType{"multipart/form-data": {
			// Parsed here and not by the framework, which would hold it.
			Schema: &huma.Schema{Type: "string", Format: "binary", Description: "Each part is a file, with its name in filename; what the part is called does not matter"},
		}},
	}
	op.SkipValidateBody = true
	s.uploaders()
	register(s, op, func(ctx context.Context, in *upload) (*answer[collections.RepoChange], error) {
		parts, err := in.request.MultipartReader()
		if err != nil {
			return nil, newProblem(http.StatusUnsupportedMediaType, problem.Invalid, "the body is no multipart/form-data: "+err.Error())
		}
		change, err := s.app.Repos.AddFiles(ctx, in.Name, files(parts), repos.AddOptions{Component: in.Component, Replace: in.Replace})
		if err != nil {
			in.drain()
		}
		return &answer[collections.RepoChange]{change}, err
	})
}

// upload is the input of the route.
type upload struct {
	routes.AddPackagesInput
	request *http.Request
	writer  http.ResponseWriter
}

// Bounds on what is still read of an upload that was refused.
const (
	drainBytes   = 256 << 20
	drainTimeout = 30 * time.Second
)

// drain reads on for a while: a client that is still sending when the connection
// closes may never see why it was refused.
func (u *upload) drain() {
	_ = http.NewResponseController(u.writer).SetReadDeadline(time.Now().Add(drainTimeout))
	_, _ = io.CopyN(io.Discard, u.request.Body, drainBytes)
}

// Resolve keeps the request, whose body the framework does not read.
func (u *upload) Resolve(ctx huma.Context) []error {
	u.request, u.writer = humago.Unwrap(ctx)
	return nil
}

var _ huma.Resolver = (*upload)(nil)

// isUpload tells whether the body of a request is to be left alone.
func isUpload(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// files gives the parts of a form that are files.
func files(parts *multipart.Reader) iter.Seq2[repos.Upload, error] {
	return func(yield func(repos.Upload, error) bool) {
		for count := 0; ; count++ {
			part, err := parts.NextPart()
			switch { // an end in the wrong place wraps io.EOF
			case err == io.EOF && count == 0:
				err = problem.New(problem.Invalid, "there is no file in the form").WithHint("send each file as a part with a filename")
			case err == io.EOF:
				return
			case err != nil:
				err = problem.New(problem.Invalid, "the form is cut short or garbled after %d files", count)
			case part.FileName() == "":
				err = problem.New(problem.Invalid, "a part of the form has no filename").In(part.FormName())
			case count == maxUploads:
				err = problem.New(problem.TooLarge, "more than %d files in one request", maxUploads).WithHint("send them in several")
			}
			if err != nil {
				yield(repos.Upload{}, err)
				return
			}
			if !yield(repos.Upload{Name: part.FileName(), Body: uploadBody{part}}, nil) {
				return
			}
		}
	}
}

// uploadBody tells a body that ends early from faults of our own.
type uploadBody struct{ part *multipart.Part }

func (b uploadBody) Read(p []byte) (int, error) {
	n, err := b.part.Read(p)
	if err != nil && err != io.EOF {
		err = problem.New(problem.Invalid, "the file is cut short: %w", err)
	}
	return n, err
}
