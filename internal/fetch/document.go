package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/problem"
)

// Conditions are the validators of an earlier [Document], for a conditional request. The
// zero value means no conditions.
type Conditions struct {
	ETag         string // as the server sent it, quotes included
	LastModified string // as the server sent it
}

// Document is a small file in memory.
type Document struct {
	Body        []byte
	Conditions         // to send with the next request
	NotModified bool   // the conditions still match; Body is nil
	URL         string // after redirects, without credentials and query
}

// Document downloads a file of at most maxBytes bytes, unless the conditions still match. A
// longer file is a [problem.TooLarge]. Caches must revalidate their copy.
//
// The bytes are not verified. The caller must verify them, by a signature or by a digest
// from a signed file.
func (c *Client) Document(ctx context.Context, rawURL string, conditions Conditions, maxBytes int64) (Document, error) {
	u, err := parse(rawURL)
	if err != nil {
		return Document{}, err
	}
	if u.Scheme == "file" {
		return localDocument(u, conditions, maxBytes)
	}
	var got Document
	nothing := func() int64 { return 0 }
	err = c.retry(ctx, u, c.patience(false), nothing, func() (err error) {
		got, err = c.document(ctx, u, conditions, maxBytes)
		return err
	})
	return got, err
}

// document is one attempt to download a document.
func (c *Client) document(ctx context.Context, u *url.URL, conditions Conditions, maxBytes int64) (got Document, err error) {
	header := http.Header{"Cache-Control": {"max-age=0"}} // as apt asks for Release files
	accepted := []int{http.StatusOK}
	if conditions.ETag != "" {
		header.Set("If-None-Match", conditions.ETag)
	}
	if conditions.LastModified != "" {
		header.Set("If-Modified-Since", conditions.LastModified)
	}
	if conditions != (Conditions{}) {
		accepted = append(accepted, http.StatusNotModified)
	}
	err = c.try(ctx, u, header, accepted, func(r *http.Response, from io.Reader) error {
		got = Document{
			Conditions:  Conditions{ETag: r.Header.Get("ETag"), LastModified: r.Header.Get("Last-Modified")},
			NotModified: r.StatusCode == http.StatusNotModified,
			URL:         display(r.Request.URL),
		}
		if got.NotModified {
			got.Conditions = conditions
			return nil
		}
		got.Body, err = readDocument(r, from, u, maxBytes)
		return err
	})
	return got, err
}

// readDocument reads a body that must be plain and not too long.
func readDocument(r *http.Response, from io.Reader, u *url.URL, maxBytes int64) ([]byte, error) {
	if encoding := contentEncoding(r); encoding != "" {
		f := lasting(fmt.Errorf("the server encoded the file with %.20q, unrequested", encoding))
		f.hint = "turn this off at the server or the proxy"
		return nil, f
	}
	if r.ContentLength > maxBytes {
		return nil, tooLarge(u, maxBytes)
	}
	body, err := io.ReadAll(io.LimitReader(from, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > maxBytes {
		return nil, tooLarge(u, maxBytes)
	}
	return body, nil
}

func contentEncoding(r *http.Response) string {
	if e := r.Header.Get("Content-Encoding"); e != "identity" {
		return e
	}
	return ""
}

func tooLarge(u *url.URL, maxBytes int64) error {
	return problem.New(problem.TooLarge, "%s has more than the allowed %d bytes", display(u), maxBytes)
}
