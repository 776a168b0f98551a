package testkit

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Fault answers a request in place of an [Upstream]; files is the handler that
// would have answered it rightly.
type Fault func(w http.ResponseWriter, r *http.Request, files http.Handler)

// Status answers with a status and a short text, without the file. 503 and 429
// have Retry-After: 0.
func Status(code int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		if code == http.StatusServiceUnavailable || code == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "0")
		}
		http.Error(w, http.StatusText(code), code)
	}
}

// CutAfter breaks the connection after n bytes of the body, with the headers of
// the whole file.
func CutAfter(n int64) Fault {
	return func(w http.ResponseWriter, r *http.Request, files http.Handler) {
		files.ServeHTTP(&bodyWriter{ResponseWriter: w, left: n, then: func() { cut(w) }}, r)
	}
}

// cut breaks the connection after what was written so far.
func cut(w http.ResponseWriter) {
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// WrongLength says a Content-Length that is wrong by delta bytes; below the
// truth the body is cut off there.
func WrongLength(delta int64) Fault {
	return func(w http.ResponseWriter, r *http.Request, files http.Handler) {
		body := &bodyWriter{ResponseWriter: w, left: -1, then: func() { cut(w) }}
		body.head = func(header http.Header) {
			n, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64)
			if err != nil {
				return // an answer without a length
			}
			header.Set("Content-Length", strconv.FormatInt(max(n+delta, 0), 10))
			if delta < 0 {
				body.left = max(n+delta, 0)
			}
		}
		files.ServeHTTP(body, r)
	}
}

// OtherBytes sends a body of the right length in which every byte is wrong.
func OtherBytes() Fault {
	return func(w http.ResponseWriter, r *http.Request, files http.Handler) {
		files.ServeHTTP(&bodyWriter{ResponseWriter: w, left: -1, change: func(p []byte) []byte {
			changed := bytes.Clone(p)
			for i := range changed {
				changed[i] ^= 1
			}
			return changed
		}}, r)
	}
}

// Body answers 200 with these bytes in place of the file, as the sign-in page
// of a hotel's network does.
func Body(body []byte) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}
}

// Endless sends zeros without a Content-Length until the client goes away.
func Endless() Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		zeros := make([]byte, 32<<10)
		for r.Context().Err() == nil {
			if _, err := w.Write(zeros); err != nil {
				return
			}
		}
	}
}

// Drip sends the file in portions of n bytes with a pause after each.
func Drip(n int, pause time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, files http.Handler) {
		files.ServeHTTP(&bodyWriter{ResponseWriter: w, left: -1, portion: n, after: func() {
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(pause):
			case <-r.Context().Done():
				panic(http.ErrAbortHandler)
			}
		}}, r)
	}
}

// RedirectTo answers 302 to the same path under another root, such as another
// Upstream's URL.
func RedirectTo(root string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.Header().Set("Location", root+r.URL.EscapedPath())
		w.WriteHeader(http.StatusFound)
	}
}

// WithoutRanges answers as a server that knows neither Range nor validators:
// always with the whole file.
func WithoutRanges() Fault {
	return func(w http.ResponseWriter, r *http.Request, files http.Handler) {
		for _, name := range []string{"Range", "If-Range", "If-Modified-Since", "If-None-Match"} {
			r.Header.Del(name)
		}
		files.ServeHTTP(&bodyWriter{ResponseWriter: w, left: -1, head: func(header http.Header) {
			for _, name := range []string{"Accept-Ranges", "ETag", "Last-Modified"} {
				header.Del(name)
			}
		}}, r)
	}
}

// RequireBasic answers 401 unless the request has this name and password.
func RequireBasic(user, password string) Fault {
	return func(w http.ResponseWriter, r *http.Request, files http.Handler) {
		if u, p, ok := r.BasicAuth(); ok && u == user && p == password {
			files.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="archive"`)
		http.Error(w, "who is there?", http.StatusUnauthorized)
	}
}

// Stall is a fault that holds requests up until it is released.
type Stall struct {
	after    int64
	reached  chan struct{}
	released chan struct{}
	once     sync.Once
}

// NewStall returns a fault that sends the headers and the first n bytes of the body
// and then nothing; below 0 it does not send headers either.
func NewStall(n int64) *Stall {
	return &Stall{after: n, reached: make(chan struct{}, 1_000), released: make(chan struct{})}
}

// Reached returns a channel that receives a value for each stalled request.
func (s *Stall) Reached() <-chan struct{} { return s.reached }

// Release lets all requests continue, also later ones. It can be called again.
func (s *Stall) Release() { s.once.Do(func() { close(s.released) }) }

// Fault is the [Fault] to inject.
func (s *Stall) Fault(w http.ResponseWriter, r *http.Request, files http.Handler) {
	hold := func() {
		select {
		case s.reached <- struct{}{}:
		default: // nobody counts that far
		}
		select {
		case <-s.released:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	if s.after < 0 {
		hold()
		files.ServeHTTP(w, r)
		return
	}
	files.ServeHTTP(&bodyWriter{ResponseWriter: w, left: s.after, then: func() {
		_ = http.NewResponseController(w).Flush()
		hold()
	}}, r)
}

// bodyWriter changes what a handler answers.
type bodyWriter struct {
	http.ResponseWriter
	head    func(http.Header)   // called before the headers go
	left    int64               // bytes of the body until then is called; negative: never
	then    func()              // called once
	change  func([]byte) []byte // of the body
	portion int                 // longest write; 0: any
	after   func()              // called after each write
	sent    bool                // the headers
}

func (b *bodyWriter) WriteHeader(code int) {
	if !b.sent && b.head != nil {
		b.head(b.Header())
	}
	b.sent = true
	b.ResponseWriter.WriteHeader(code)
}

func (b *bodyWriter) Write(p []byte) (written int, err error) {
	if !b.sent {
		b.WriteHeader(http.StatusOK)
	}
	for len(p) > 0 {
		part := p
		if b.portion > 0 {
			part = part[:min(len(part), b.portion)]
		}
		if b.left >= 0 {
			if b.left == 0 {
				b.left = -1
				b.then()
				continue
			}
			part = part[:min(int64(len(part)), b.left)]
			b.left -= int64(len(part))
		}
		n, err := b.write(part)
		written += n
		if err != nil {
			return written, fmt.Errorf("answering: %w", err)
		}
		p = p[n:]
	}
	return written, nil
}

func (b *bodyWriter) write(p []byte) (int, error) {
	if b.change != nil {
		p = b.change(p)
	}
	n, err := b.ResponseWriter.Write(p)
	if b.after != nil {
		b.after()
	}
	return n, err
}
