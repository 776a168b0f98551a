package cli

import (
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
)

// uploadProgress shows how far an upload is, as if it were an activity.
type uploadProgress struct {
	list  []found
	show  progress
	state usecase.Activity // changed by whoever sends, and by nobody else
}

func (p *program) newUploadProgress(repo string, list []found) *uploadProgress {
	u := &uploadProgress{list: list, show: p.newProgress(), state: usecase.Activity{Subject: "repo:" + repo, Status: "running"}}
	u.state.Progress = usecase.ActivityProgress{Phase: "upload", Total: int64(len(list))}
	for _, f := range list {
		u.state.Progress.TotalBytes += f.size
	}
	return u
}

// files gives what is to be sent, and tells of it as it is sent.
func (u *uploadProgress) files() iter.Seq[client.File] {
	return func(yield func(client.File) bool) {
		for i, f := range u.list {
			u.state.Progress.Done = int64(i)
			open := func() (io.ReadCloser, error) {
				file, err := os.Open(f.path)
				if err != nil {
					return nil, err
				}
				return &sentFile{file, u}, nil
			}
			if !yield(client.File{Name: filepath.Base(f.path), Open: open}) {
				return
			}
		}
	}
}

// moved tells that bytes have gone.
func (u *uploadProgress) moved(n int) {
	u.state.Progress.DoneBytes += int64(n)
	u.show.See(u.state)
}

func (u *uploadProgress) end() { u.show.End() }

// sentFile is a file whose reading is watched.
type sentFile struct {
	*os.File
	progress *uploadProgress
}

// Read tells how much was read.
func (f *sentFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.progress.moved(n)
	return n, err
}

// WriteTo is not for this file: io.Copy would go round Read.
func (f *sentFile) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{f}) }
