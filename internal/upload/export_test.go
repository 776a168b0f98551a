package upload

import (
	"io"
	"os"
)

// SetDisk puts a disk of the test's own under the files that Put writes: what write
// gives is the error of each write that is not nil.
func (a *Area) SetDisk(write func(p []byte) error) {
	a.disk = func(f *os.File) writer { return testDisk{f, write} }
}

type testDisk struct {
	*os.File
	write func(p []byte) error
}

func (d testDisk) Write(p []byte) (int, error) {
	if err := d.write(p); err != nil {
		return 0, err
	}
	return d.File.Write(p)
}

// ReadFrom is not for this disk: it would go round Write.
func (d testDisk) ReadFrom(r io.Reader) (int64, error) { return io.Copy(struct{ io.Writer }{d}, r) }
