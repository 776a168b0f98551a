package app

import (
	"context"
	"io"
	"path"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/db"
)

// UploadDirs lists the directories of the upload area, sorted.
func (a *App) UploadDirs(ctx context.Context) ([]string, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	return a.uploads.Dirs()
}

// UploadedFiles lists the files of a directory of the upload area, and of the
// directories in it, by their last names. One that is not there is
// problem.NotFound, a name that cannot be one is problem.Invalid ("wrong dir").
func (a *App) UploadedFiles(ctx context.Context, dir string) ([]string, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	names, err := a.uploads.Walk(ctx, dir)
	for i := range names {
		names[i] = path.Base(names[i])
	}
	return names, err
}

// PutUpload stores a file in a directory of the upload area, which it makes. The
// file is there when the call returns, and not before; one that had the name is
// replaced. Names are problem.Invalid ("wrong dir", "wrong file") when they could
// lead elsewhere; a body that never ends is problem.TooLarge, a full disk is
// problem.Full.
func (a *App) PutUpload(ctx context.Context, dir, name string, body io.Reader) error {
	if err := access.Require(ctx, access.Upload); err != nil {
		return err
	}
	size, err := a.uploads.Put(ctx, dir, name, body)
	if err != nil {
		return err
	}
	return a.recordUpload(ctx, "upload.put", path.Join(dir, name), map[string]any{"size": size})
}

// DropUpload removes a file of the upload area, or with an empty name a directory
// with all that is in it. What is not there is no error.
func (a *App) DropUpload(ctx context.Context, dir, name string) error {
	if err := access.Require(ctx, access.Upload); err != nil {
		return err
	}
	if err := a.uploads.Drop(dir, name); err != nil {
		return err
	}
	return a.recordUpload(ctx, "upload.drop", path.Join(dir, name), nil)
}

// recordUpload leaves an audit entry of what was done in the upload area.
func (a *App) recordUpload(ctx context.Context, action, name string, detail any) error {
	_, err := change(ctx, a, action, "upload:"+name, detail, func(*db.Tx) (struct{}, error) { return struct{}{}, nil })
	return err
}
