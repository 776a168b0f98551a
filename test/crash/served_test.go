package crash

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"time"
)

// served is the tree of the built-in endpoint, as a client reaches it over http.
type served struct {
	client *http.Client
	url    string
	asked  *int // how many files it was asked for
}

// errGone is the error of a request to a server that has ended.
var errGone = errors.New("the server is gone")

func (t served) read(name string) ([]byte, error) {
	*t.asked++
	answer, err := t.client.Get(t.url + "/archive/debian/" + name)
	if err != nil {
		return nil, errGone
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return nil, errGone
	case answer.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: %s: %s", name, answer.Status, data)
	}
	return data, nil
}

// has asks whether a file is there, with the tag that is its digest. A process
// that is killed soon is not to be kept from its work by sending packages.
func (t served) has(name, sha256 string) error {
	*t.asked++
	answer, err := t.client.Head(t.url + "/archive/debian/" + name)
	if err != nil {
		return errGone
	}
	answer.Body.Close()
	if tag := answer.Header.Get("ETag"); answer.StatusCode != http.StatusOK || tag != `"`+sha256+`"` {
		return fmt.Errorf("%s is listed with SHA-256 %s, and asked for: %s, tag %s", name, sha256, answer.Status, tag)
	}
	return nil
}

// watchServed reads the releases that a process serves over and over until the process
// ends, usually in the middle of a release. It returns an error for the first wrong
// file. See watch.
func (w *world) watchServed(url string) (asked int, err error) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	t := served{&http.Client{Transport: transport, Timeout: time.Minute}, url, &asked}
	var last *release
	for {
		before := w.hours()
		r, err := next(t, "stable", last)
		switch {
		case errors.Is(err, errGone):
			return asked, nil
		case err == nil:
			last = r
		case err != nil:
			if err := w.judge(t, "stable", r, err, before); err != nil {
				return asked, err
			}
		}
		time.Sleep(pause)
	}
}
