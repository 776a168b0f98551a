package server

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/api/aptly"
	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/api/upload"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/site"
)

// TestAPanicIsAnsweredInTheWordsOfItsDialectAndLoggedOnce: every dialect stands on no
// application here, and panics when it calls it.
func TestAPanicIsAnsweredInTheWordsOfItsDialectAndLoggedOnce(t *testing.T) {
	t.Parallel()
	const words = "the server failed; its log says why"
	for name, c := range map[string]struct {
		dialect       func(*slog.Logger) http.Handler
		method, path  string
		content, body string
	}{
		"REST": {
			func(log *slog.Logger) http.Handler {
				return rest.New(&app.App{}, rest.Options{TrustLoopback: true, Log: log})
			},
			"GET", "/v1/mirrors", "application/problem+json",
			`{"title":"Internal Server Error","status":500,"detail":"` + words + `","kind":"internal"}` + "\n",
		},
		"aptly": {
			func(log *slog.Logger) http.Handler {
				return aptly.New(nil, aptly.Options{TrustLoopback: true, Log: log, Config: aptly.Defaults()})
			},
			"GET", "/api/mirrors", "application/json; charset=utf-8", `{"error":"` + words + `"}`,
		},
		"Landscape": {
			func(log *slog.Logger) http.Handler {
				return landscape.New(nil, landscape.Options{TrustLoopback: true, Log: log})
			},
			"GET", "/api/?action=GetDistributions&version=2011-08-01", "application/json", `{"error":"InternalError","message":"` + words + `"}` + "\n",
		},
		"dput": {
			func(log *slog.Logger) http.Handler {
				return upload.New(nil, upload.Options{TrustLoopback: true, Log: log})
			},
			"PUT", "/upload/standalone/ubuntu/noble/staging/a.deb", "text/plain; charset=utf-8", words + "\n",
		},
		"published trees": {
			func(log *slog.Logger) http.Handler { return site.New(nil, "/archive", log) },
			"GET", "/archive/debian/dists/trixie/InRelease", "text/plain; charset=utf-8", words + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			r := httptest.NewRequest(c.method, "http://localhost"+c.path, nil)
			r.RemoteAddr, r.ContentLength = "127.0.0.1:9", 0
			w := httptest.NewRecorder()
			c.dialect(slog.New(slog.NewJSONHandler(&log, nil))).ServeHTTP(w, r)
			if w.Code != 500 || w.Header().Get("Content-Type") != c.content || w.Body.String() != c.body {
				t.Errorf("%d %s\n%s\nwant 500 %s\n%s", w.Code, w.Header().Get("Content-Type"), w.Body, c.content, c.body)
			}
			if lines := strings.Count(log.String(), "\n"); lines != 1 || !strings.Contains(log.String(), `"msg":"a request panicked"`) {
				t.Errorf("%d lines in the log:\n%s", lines, log.String())
			}
		})
	}
}

// TestAPanicCutsAnAnswerThatHasBegun: the client must not take it for a whole one.
func TestAPanicCutsAnAnswerThatHasBegun(t *testing.T) {
	t.Parallel()
	half := httpkit.Handler(slog.New(slog.DiscardHandler), func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		panic("here")
	}, func(http.ResponseWriter, *http.Request, error) { t.Error("an error was written behind half an answer") })
	defer func() {
		if fault := recover(); fault != http.ErrAbortHandler {
			t.Errorf("the handler ended with %v", fault)
		}
	}()
	half.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}
