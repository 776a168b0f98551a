package repositories

import (
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/cli/command"
)

// uploadProgress shows the progress of an upload, as if it were an activity.
type uploadProgress struct {
	list  []found
	show  command.Progress
	state usecase.Activity // only the sender changes it
}

func newUploadProgress(r *command.Run, list []found) *uploadProgress {
	u := &uploadProgress{list: list, show: r.NewProgress(), state: usecase.Activity{Subject: "repo:" + r.Args[0], Status: "running"}}
	u.state.Progress = usecase.ActivityProgress{Phase: "upload", Total: int64(len(list))}
	for _, f := range list {
		u.state.Progress.TotalBytes += f.size
	}
	return u
}

// files returns the files to send, and shows the progress of sending them.
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

// moved counts bytes that were sent.
func (u *uploadProgress) moved(n int) {
	u.state.Progress.DoneBytes += int64(n)
	u.show.See(u.state)
}

// sentFile is a file that counts its bytes when they are read.
type sentFile struct {
	*os.File
	progress *uploadProgress
}

// Read reads, and counts the bytes.
func (f *sentFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.progress.moved(n)
	return n, err
}

// WriteTo hides that of the file, with which io.Copy would bypass Read.
func (f *sentFile) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{f}) }
