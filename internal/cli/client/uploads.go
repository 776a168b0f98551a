package client

import (
	"context"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
)

// File is a file to be uploaded.
type File struct {
	Name string // without folders
	Open func() (io.ReadCloser, error)
}

// AddPackages uploads files to a repo. They are sent one after the other as they
// are read, however many there are.
func (c *Client) AddPackages(ctx context.Context, repo string, files iter.Seq[File], o repos.AddOptions) (collections.RepoChange, error) {
	q := url.Values{}
	if o.Component != "" {
		q.Set("component", o.Component)
	}
	if o.Replace {
		q.Set("replace", "true")
	}
	read, write := io.Pipe()
	form := multipart.NewWriter(write)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		write.CloseWithError(writeFiles(form, files))
	}()
	change, err := call[collections.RepoChange](ctx, c, request{
		method: http.MethodPost, path: path("repos", repo, "packages"), query: q, form: read, kind: form.FormDataContentType(),
	})
	_ = read.Close() // an answer may come before the end
	<-sent
	return change, err
}

func writeFiles(form *multipart.Writer, files iter.Seq[File]) error {
	for f := range files {
		if err := writeFile(form, f); err != nil {
			return err
		}
	}
	return form.Close()
}

func writeFile(form *multipart.Writer, f File) error {
	part, err := form.CreateFormFile("file", f.Name)
	if err != nil {
		return err
	}
	body, err := f.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := io.Copy(part, body); err != nil {
		return fmt.Errorf("sending %s: %w", f.Name, err)
	}
	return nil
}
