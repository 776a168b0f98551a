package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/problem"
)

// download is the download of one file from one URL.
type download struct {
	c          *Client
	u          *url.URL
	request    Request
	tell       func(held int64)
	pastCaches bool

	w        blob.ResumableWriter
	etag     string // strong, of the bytes held
	noRanges bool   // the server answered a Range wrongly
	encoding string // of the last answer
}

// run downloads and commits. After an error, all except wrong bytes are kept for later.
func (d *download) run(ctx context.Context, store blob.Store) (blob.Ref, error) {
	w, err := store.Resume(ctx, d.request.Expect)
	if errors.Is(err, fs.ErrExist) { // it exists, or another download was faster
		ref, _, err := find(ctx, store, d.request.Expect)
		return ref, err
	}
	if err != nil {
		return blob.Ref{}, err
	}
	d.w = w
	defer w.Suspend() // does nothing after a commit
	if d.pastCaches && w.Offset() > 0 {
		if err := w.Restart(); err != nil {
			return blob.Ref{}, err
		}
	}
	d.tell(w.Offset())
	if err := d.c.retry(ctx, d.u, d.c.patience(d.request.Hurried), w.Offset, func() error { return d.try(ctx) }); err != nil {
		if _, mismatch := errors.AsType[*blob.MismatchError](err); mismatch || problem.Is(err, problem.TooLarge) {
			return blob.Ref{}, errors.Join(err, w.Abort())
		}
		return blob.Ref{}, err
	}
	return w.Commit()
}

// try requests the missing bytes.
func (d *download) try(ctx context.Context) error {
	if d.w.Offset() == d.request.Expect.Size {
		return nil
	}
	accepted := []int{http.StatusOK}
	header := http.Header{}
	if d.noRanges && d.w.Offset() > 0 {
		if err := d.restart(); err != nil {
			return err
		}
	}
	if held := d.w.Offset(); held > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", held))
		if d.etag != "" {
			header.Set("If-Range", d.etag)
		}
		accepted = append(accepted, http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable)
	}
	if d.pastCaches {
		header.Set("Cache-Control", "no-cache")
	}
	return d.c.try(ctx, d.u, header, accepted, d.receive)
}

// receive reads one answer (RFC 9110 sections 14 and 15.3.7).
func (d *download) receive(r *http.Response, from io.Reader) error {
	d.encoding = contentEncoding(r)
	if r.StatusCode == http.StatusOK {
		if err := d.beginWhole(r.ContentLength); err != nil {
			return err
		}
	} else if complete, err := d.checkRange(r); err != nil || complete {
		return err
	}
	d.etag = ""
	if tag := r.Header.Get("ETag"); strings.HasPrefix(tag, `"`) {
		d.etag = tag
	}
	if err := d.copy(from); err != nil {
		return err
	}
	return d.checkEnd(r)
}

// beginWhole prepares for all bytes of the file. It refuses a wrong announced length, before
// any byte is read; -1 means that none is announced.
func (d *download) beginWhole(length int64) error {
	if d.w.Offset() > 0 {
		if err := d.restart(); err != nil {
			return err
		}
	}
	expect := d.request.Expect
	switch {
	case length < 0:
		return nil
	case expect.Size >= 0 && length != expect.Size:
		return blob.Mismatch(&blob.MismatchError{Expect: expect, Got: blob.Ref{Size: length}})
	case expect.Size < 0 && length > d.request.MaxBytes:
		return tooLarge(d.u, d.request.MaxBytes)
	}
	return nil
}

// checkRange accepts exactly the rest of the file. After any other answer, the next attempt
// requests the whole file. A 416 with the held length means that the file is complete.
func (d *download) checkRange(r *http.Response) (complete bool, err error) {
	held, size := d.w.Offset(), d.request.Expect.Size
	first, total, ok := parseContentRange(r.Header.Get("Content-Range"))
	if r.StatusCode == http.StatusPartialContent && ok && first == held && (total < 0 || size < 0 || total == size) {
		return false, nil
	}
	if r.StatusCode == http.StatusRequestedRangeNotSatisfiable && size < 0 && ok && first < 0 && total == held {
		return true, nil
	}
	d.noRanges = true
	return false, passing(fmt.Errorf("requested the bytes from %d on, got %d with Content-Range %.80q",
		held, r.StatusCode, r.Header.Get("Content-Range")))
}

// copy reads to the end, or to one byte more than allowed.
func (d *download) copy(from io.Reader) error {
	size := d.request.Expect.Size
	most := size
	if size < 0 {
		most = d.request.MaxBytes
	}
	to := io.MultiWriter(d.w, writerFunc(func([]byte) { d.tell(d.w.Offset()) }))
	_, err := io.Copy(to, io.LimitReader(from, most-d.w.Offset()+1))
	if err != nil {
		return err
	}
	if d.w.Offset() > most {
		return tooLarge(d.u, most)
	}
	return nil
}

// checkEnd fails if the body ended too early. But a whole file with a marked end, by chunks
// or HTTP/2 instead of the end of the connection, is complete and wrong: Commit reports it.
func (d *download) checkEnd(r *http.Response) error {
	held, size := d.w.Offset(), d.request.Expect.Size
	marked := r.ProtoMajor >= 2 || slices.Contains(r.TransferEncoding, "chunked")
	if held >= size || r.StatusCode == http.StatusOK && marked {
		return nil
	}
	return passing(fmt.Errorf("the body ended after %d of %d bytes: %w", held, size, io.ErrUnexpectedEOF))
}

func (d *download) restart() error {
	d.etag = ""
	err := d.w.Restart()
	d.tell(d.w.Offset())
	return err
}
