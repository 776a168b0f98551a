package crash

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"time"

	"github.com/aptarium/aptarium/internal/digest"
)

// served is the tree of the built-in endpoint, as a client reaches it over http.
type served struct {
	client *http.Client
	url    string
}

// errGone is the error of a request to a server that has ended.
var errGone = errors.New("the server is gone")

func (t served) read(name string) ([]byte, error) {
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

func (t served) has(name, sha256 string) error {
	data, err := t.read(name)
	if err == nil && digest.Of(data).String() != sha256 {
		err = fmt.Errorf("%s has other bytes than are listed", name)
	}
	return err
}

// watchServed reads what a process serves over and over until that is gone, and
// tells the first release that is not whole. See watch.
func (w *world) watchServed(url string) (readings int, err error) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	t := served{&http.Client{Transport: transport, Timeout: time.Minute}, url}
	for {
		before := w.hours()
		r, err := look(t, "stable")
		switch {
		case errors.Is(err, errGone):
			return readings, nil
		case err == nil && r != nil:
			readings++
		case err != nil:
			if err := w.judge(t, "stable", r, err, before); err != nil {
				return readings, err
			}
		}
		time.Sleep(5 * pause)
	}
}
