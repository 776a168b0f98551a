package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"syscall"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/problem"
)

// openLocal opens the file of a file URL. It follows symbolic links, because mirrors on disk
// are full of them; the target must be a regular file.
func openLocal(u *url.URL) (*os.File, fs.FileInfo, error) {
	// Without O_NONBLOCK, opening a named pipe would block until it has a writer.
	f, err := os.OpenFile(u.Path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, localProblem(u, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		f.Close()
		return nil, nil, localProblem(u, err)
	}
	return f, info, nil
}

func localProblem(u *url.URL, err error) error {
	kind := problem.Upstream
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		kind = problem.NotFound
	case errors.Is(err, fs.ErrPermission):
		kind = problem.Denied
	}
	if wrapped, ok := errors.AsType[*fs.PathError](err); ok {
		err = wrapped.Err // the URL already names the path
	}
	return problem.New(kind, "read %s: %w", display(u), err)
}

// localDocument reads a file. Its size and modification time are its ETag.
func localDocument(u *url.URL, conditions Conditions, maxBytes int64) (Document, error) {
	f, info, err := openLocal(u)
	if err != nil {
		return Document{}, err
	}
	defer f.Close()
	now := Conditions{
		ETag:         fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano()),
		LastModified: info.ModTime().UTC().Format(http.TimeFormat),
	}
	if conditions.ETag == now.ETag {
		return Document{Conditions: now, NotModified: true, URL: display(u)}, nil
	}
	body, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return Document{}, localProblem(u, err)
	}
	if int64(len(body)) > maxBytes {
		return Document{}, tooLarge(u, maxBytes)
	}
	return Document{Body: body, Conditions: now, URL: display(u)}, nil
}

// localBlob copies a file into the store.
func localBlob(ctx context.Context, store blob.Store, u *url.URL, request Request, tell func(held int64)) (blob.Ref, error) {
	f, info, err := openLocal(u)
	if err != nil {
		return blob.Ref{}, err
	}
	defer f.Close()
	if request.Expect.Size < 0 && info.Size() > request.MaxBytes {
		return blob.Ref{}, tooLarge(u, request.MaxBytes)
	}
	expect := request.Expect
	if expect.Size < 0 {
		expect.Size = info.Size() // growth during the copy is ignored
	}
	var held int64
	from := io.TeeReader(f, writerFunc(func(p []byte) {
		held += int64(len(p))
		tell(held)
	}))
	ref, err := blob.Put(ctx, store, from, expect)
	return ref, mismatchAt(u, err, "")
}

// writerFunc is a function that implements io.Writer.
type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}
