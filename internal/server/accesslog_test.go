package server

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheAccessLogSeesAnswersThatHandlersWriteThemselves: those on a connection
// that was taken from the server of net/http.
func TestTheAccessLogSeesAnswersThatHandlersWriteThemselves(t *testing.T) {
	t.Parallel()
	const answer = "HTTP/1.1 502 the reason\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
	var log bytes.Buffer
	logged := make(chan struct{})
	handler := (&Server{log: slog.New(slog.NewTextHandler(&log, nil))}).logged(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = buffered.WriteString(answer)
		_ = buffered.Flush()
	}))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(logged)
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	r, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	r.Body.Close()
	<-logged
	if r.Status != "502 the reason" || !strings.Contains(log.String(), fmt.Sprintf("status=502 bytes=%d ", len(answer))) {
		t.Errorf("%s was logged as %s", r.Status, log.String())
	}
}
