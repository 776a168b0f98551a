package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/cli/client"
)

// do sends a request to a handler in this process.
func do(t *testing.T, body io.Reader, handler http.HandlerFunc) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://aptarium/v1/a%2Fb?c=d", body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Client{Transport: client.Local(handler)}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func TestAHandlerInThisProcessSeesTheRequest(t *testing.T) {
	t.Parallel()
	answer := do(t, strings.NewReader("body"), func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "body" || r.RequestURI != "/v1/a%2Fb?c=d" || r.Host != "aptarium" {
			t.Errorf("%q, %v, %s, %s", body, err, r.RequestURI, r.Host)
		}
		w.Header().Set("X-A", "b")
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("X-Late", "c")
		_, _ = io.WriteString(w, "tea")
	})
	body, err := io.ReadAll(answer.Body)
	if answer.StatusCode != 418 || answer.Header.Get("X-A") != "b" || answer.Header.Get("X-Late") != "" || string(body) != "tea" || err != nil {
		t.Errorf("%+v %s %v", answer, body, err)
	}
	if silent := do(t, nil, func(http.ResponseWriter, *http.Request) {}); silent.StatusCode != 200 {
		t.Errorf("of a handler that says nothing: %d", silent.StatusCode)
	}
}

func TestAnAnswerInThisProcessStreams(t *testing.T) {
	t.Parallel()
	read := make(chan struct{})
	answer := do(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "1")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-read
		_, _ = io.WriteString(w, "2")
	})
	first := make([]byte, 1)
	if _, err := io.ReadFull(answer.Body, first); err != nil || string(first) != "1" {
		t.Errorf("%s %v", first, err)
	}
	close(read)
	if rest, err := io.ReadAll(answer.Body); err != nil || string(rest) != "2" {
		t.Errorf("%s %v", rest, err)
	}
}

func TestAnAnswerThatNobodyReadsEndsItsRequest(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 2)
	answer := do(t, nil, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		<-r.Context().Done()
		ended <- context.Cause(r.Context())
		_, err := io.WriteString(w, "more")
		ended <- err
	})
	answer.Body.Close()
	for range 2 {
		select {
		case err := <-ended:
			if err == nil {
				t.Error("the handler could go on")
			}
		case <-time.After(5 * time.Second):
			t.Fatal("the handler does not hear of it")
		}
	}
}

func TestAnAnswerThatIsGivenUpIsNotWhole(t *testing.T) {
	t.Parallel()
	answer := do(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	})
	if body, err := io.ReadAll(answer.Body); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("%s %v", body, err)
	}
}
