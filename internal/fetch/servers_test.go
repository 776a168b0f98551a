package fetch

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// inTurn answers the n-th request with the n-th handler and all later ones with
// the last.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	next := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := handlers[min(next, len(handlers)-1)]
		next++
		mu.Unlock()
		h(w, r)
	}
}

// good serves content with Range, ETag and conditions as a sound server does.
func good(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"v1"`)
	http.ServeContent(w, r, "file", time.Unix(1_700_000_000, 0), strings.NewReader(content))
}

// status answers with a bare status.
func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// bodyOf answers 200 with data of no announced length.
func bodyOf(data string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		fmt.Fprint(w, data)
	}
}

// cut announces all of content, sends n bytes of it and closes the connection.
func cut(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		fmt.Fprint(w, content[:n])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// limited cuts the connection after so many bytes of body.
type limited struct {
	http.ResponseWriter
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n, err := l.ResponseWriter.Write(p[:min(len(p), l.left)])
	if l.left -= n; l.left == 0 {
		l.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}

// stall announces all of content, sends n bytes of it and then nothing.
func stall(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		fmt.Fprint(w, content[:n])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

// drip sends a byte every few milliseconds: never a stall, and never an end.
func drip(w http.ResponseWriter, r *http.Request) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	for i := range len(content) {
		fmt.Fprint(w, content[i:i+1])
		w.(http.Flusher).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// endless never stops sending.
func endless(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		if _, err := fmt.Fprint(w, strings.Repeat("more ", 1000)); err != nil {
			return
		}
	}
}

// length announces n bytes and sends content as far as that goes.
func length(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(n))
		fmt.Fprint(w, content[:min(n, len(content))])
	}
}

// partial answers 206 with any Content-Range.
func partial(contentRange, data string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", contentRange)
		w.WriteHeader(http.StatusPartialContent)
		fmt.Fprint(w, data)
	}
}

// unmarked answers as HTTP/1.0 does: the body ends with the connection.
func unmarked(data string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Transfer-Encoding", "identity")
		bodyOf(data)(w, nil)
	}
}

func encoded(encoding, data string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", encoding)
		bodyOf(data)(w, nil)
	}
}

func redirect(to string) http.HandlerFunc { return status(http.StatusFound, "Location", to) }

// wrongHalf sends a wrong first half once, then the right rest.
func wrongHalf(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"v1"`)
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	fmt.Fprint(w, strings.ToUpper(content[:20]))
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// cutOpen sends all of content but not the end of the answer.
func cutOpen(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, content)
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}
