package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
)

// Local is a transport to a handler in this process. Requests and answers
// stream, and an answer whose body is closed early ends its request's context,
// as a connection would.
func Local(handler http.Handler) http.RoundTripper { return local{handler} }

type local struct{ handler http.Handler }

// RoundTrip returns the answer as soon as its header is written.
func (l local) RoundTrip(out *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(out.Context())
	in := out.Clone(ctx)
	in.RequestURI = out.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	read, write := io.Pipe()
	w := &localWriter{header: http.Header{}, body: write, begun: make(chan struct{})}
	go func() {
		defer in.Body.Close()
		write.CloseWithError(l.serve(w, in))
		w.WriteHeader(http.StatusOK) // of a handler that wrote nothing
	}()
	<-w.begun
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: localBody{read, cancel}, ContentLength: -1, Request: out,
	}, nil
}

// errAborted is the error of reading an answer that its handler aborted.
var errAborted = errors.New("the answer was given up")

// serve runs the handler. A handler that aborts its answer panics with
// http.ErrAbortHandler.
func (l local) serve(w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			if fault != http.ErrAbortHandler {
				panic(fault)
			}
			err = errAborted
		}
	}()
	l.handler.ServeHTTP(w, r)
	return nil
}

// localWriter is the handler's side of an answer.
type localWriter struct {
	header http.Header
	body   *io.PipeWriter
	once   sync.Once
	begun  chan struct{} // closed when status and sent are set
	status int
	sent   http.Header
}

func (w *localWriter) Header() http.Header { return w.header }

func (w *localWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.begun)
	})
}

func (w *localWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// Flush has nothing to do: the pipe holds nothing back.
func (w *localWriter) Flush() {}

// localBody is the caller's side.
type localBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b localBody) Close() error {
	defer b.cancel()
	return b.PipeReader.Close()
}
