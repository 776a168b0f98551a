package uploads

import (
	"context"
	"io"
	"path"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Dirs returns the names of the directories of the upload area, sorted.
func (s *Service) Dirs(ctx context.Context) ([]string, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	return s.area.Dirs()
}

// Files returns the last names of the files in a directory of the upload area and in the
// directories below it. A missing directory is problem.NotFound, a bad name problem.Invalid
// ("wrong dir").
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

// Put stores a file in a directory of the upload area, and creates the directory. The file
// is visible when the call returns, not before, and replaces one with its name. Names that
// could lead elsewhere are problem.Invalid ("wrong dir", "wrong file"), a body without an end
// is problem.TooLarge, a full disk problem.Full.
func (s *Service) Put(ctx context.Context, dir, name string, body io.Reader) error {
	if err := access.Require(ctx, access.Upload); err != nil {
		return err
	}
	size, err := s.area.Put(ctx, dir, name, body)
	if err != nil {
		return err
	}
	return usecase.Record(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "upload.put", Subject: subject(dir, name), Detail: map[string]any{"size": size}})
}

// Drop deletes a file of the upload area, or with an empty name a directory with its content.
// A missing one is no error.
func (s *Service) Drop(ctx context.Context, dir, name string) error {
	if err := access.Require(ctx, access.Upload); err != nil {
		return err
	}
	if err := s.area.Drop(dir, name); err != nil {
		return err
	}
	return usecase.Record(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "upload.drop", Subject: subject(dir, name)})
}

func subject(dir, name string) string { return "upload:" + path.Join(dir, name) }
