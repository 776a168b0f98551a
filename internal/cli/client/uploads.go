package client

import (
	"context"
	"fmt"
	"io"
	"iter"
	"mime/multipart"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/collections"
)

// File is a file to be uploaded.
type File struct {
	Name string // without folders
	Open func() (io.ReadCloser, error)
}

// AddPackages uploads files to a repo. They are sent one after the other as they
// are read, however many there are.
func (c *Client) AddPackages(ctx context.Context, in routes.AddPackagesInput, files iter.Seq[File]) (collections.RepoChange, error) {
	r, err := encode(routes.AddPackages.Method, routes.AddPackages.Path, in)
	if err != nil {
		return collections.RepoChange{}, err
	}
	read, write := io.Pipe()
	form := multipart.NewWriter(write)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		write.CloseWithError(writeFiles(form, files))
	}()
	r.form = read
	r.header.Set("Content-Type", form.FormDataContentType())
	change, err := receive[collections.RepoChange](ctx, c, r)
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
