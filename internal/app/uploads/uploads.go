package uploads

import (
	"context"
	"io"
	"path"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
)

// UploadDirs lists the directories of the upload area, sorted.
func (s *Service) Dirs(ctx context.Context) ([]string, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	return s.area.Dirs()
}

// UploadedFiles lists the files of a directory of the upload area, and of the
// directories in it, by their last names. One that is not there is
// problem.NotFound, a name that cannot be one is problem.Invalid ("wrong dir").
func (s *Service) Files(ctx context.Context, dir string) ([]string, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	names, err := s.area.Walk(ctx, dir)
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
func (s *Service) Put(ctx context.Context, dir, name string, body io.Reader) error {
	if err := access.Require(ctx, access.Upload); err != nil {
		return err
	}
	size, err := s.area.Put(ctx, dir, name, body)
	if err != nil {
		return err
	}
	return s.recordUpload(ctx, "upload.put", path.Join(dir, name), map[string]any{"size": size})
}

// DropUpload removes a file of the upload area, or with an empty name a directory
// with all that is in it. What is not there is no error.
func (s *Service) Drop(ctx context.Context, dir, name string) error {
	if err := access.Require(ctx, access.Upload); err != nil {
		return err
	}
	if err := s.area.Drop(dir, name); err != nil {
		return err
	}
	return s.recordUpload(ctx, "upload.drop", path.Join(dir, name), nil)
}

// recordUpload leaves an audit entry of what was done in the upload area.
func (s *Service) recordUpload(ctx context.Context, action, name string, detail any) error {
	_, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: action, Subject: "upload:" + name, Detail: detail}, func(*db.Tx, *usecase.Act) (struct{}, error) { return struct{}{}, nil })
	return err
}
