package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// writer is what Put needs of a file.
type writer interface {
	io.Writer
	Sync() error
}

// partPrefix begins the names of files that are on their way. They lie beside the
// directories at the top, where no file is ever asked for.
const partPrefix = ".part-"

// staleAfter is how long a part that nobody writes to may lie: its server was killed.
const staleAfter = time.Hour

// Put stores a file under a name in a directory, which it makes. The name appears
// when the whole body has come and is on the disk; a file that had it before is
// replaced in that instant. An error leaves everything as it was: names that lead
// elsewhere are Invalid ("wrong dir", "wrong file"), a body over the limit is
// TooLarge, one that ends early is Invalid, and a full disk is Full.
func (a *Area) Put(ctx context.Context, dir, name string, body io.Reader) (size int64, err error) {
	if err := CheckDir(dir); err != nil {
		return 0, err
	}
	if err := CheckFile(name); err != nil {
		return 0, err
	}
	root, err := a.make()
	if err != nil {
		return 0, err
	}
	defer root.Close()
	part := partPrefix + strconv.FormatUint(rand.Uint64(), 36)
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(root.Remove(part)))
		}
	}()
	if size, err = a.write(ctx, root, part, body); err != nil {
		return 0, err
	}
	return size, a.place(root, part, dir, name)
}

// make opens the folder, which it makes if need be, and clears up what a killed
// server left in it.
func (a *Area) make() (*os.Root, error) {
	if a.folder != "" {
		if err := os.MkdirAll(a.folder, directoryMode); err != nil {
			return nil, a.fault("making the upload area", err)
		}
	}
	root, err := a.open()
	if err != nil {
		return nil, err
	}
	a.sweep.Do(func() { removeStale(root) })
	return root, nil
}

// removeStale removes the parts of servers that were killed. What goes wrong is no
// reason not to take a file.
func removeStale(root *os.Root) {
	entries, _ := fs.ReadDir(root.FS(), ".")
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), partPrefix) && info.Mode().IsRegular() && time.Since(info.ModTime()) > staleAfter {
			_ = root.Remove(e.Name())
		}
	}
}

// write brings a body to the disk.
func (a *Area) write(ctx context.Context, root *os.Root, part string, body io.Reader) (size int64, err error) {
	file, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return 0, a.fault("storing a file", err)
	}
	defer func() {
		if closing := file.Close(); err == nil && closing != nil {
			err = a.fault("storing a file", closing)
		}
	}()
	var to writer = file
	if a.disk != nil {
		to = a.disk(file)
	}
	from := &incoming{ctx: ctx, body: body, left: a.options.MaxFile}
	if size, err = io.Copy(struct{ io.Writer }{to}, from); from.err != nil {
		return 0, from.err
	}
	if err == nil {
		err = to.Sync()
	}
	if err != nil {
		return 0, a.fault("storing a file", err)
	}
	return size, nil
}

// place renames a file to its final name, durably.
func (a *Area) place(root *os.Root, part, dir, name string) error {
	if err := a.rename(root, part, dir, name); err != nil {
		return err
	}
	if err := syncDir(root, dir); err != nil {
		return a.fault("storing the name of a file", err)
	}
	return nil
}

// rename moves a file into its directory. Other programs may drop that at any time.
func (a *Area) rename(root *os.Root, part, dir, name string) error {
	a.names.Lock()
	defer a.names.Unlock()
	for range 3 {
		err := root.Rename(part, path.Join(dir, name))
		if err == nil {
			return nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return a.fault("naming the file "+name, err)
		}
		if err := makeDir(root, dir); err != nil {
			return a.fault("making the directory "+dir, err)
		}
	}
	return problem.New(problem.Conflict, "the directory %s is removed while files are put into it", dir)
}

// makeDir makes a directory with those above it, and brings their names to the disk
// before anybody can rely on them.
func makeDir(root *os.Root, dir string) error {
	if err := root.MkdirAll(dir, directoryMode); err != nil {
		return err
	}
	for dir != "." {
		dir = path.Dir(dir)
		if err := syncDir(root, dir); err != nil {
			return err
		}
	}
	return nil
}

// syncDir brings the names in a directory to the disk, if it is still there.
func syncDir(root *os.Root, dir string) error {
	folder, err := root.Open(dir)
	if err != nil {
		return ignoreMissing(err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// incoming is a body that is bounded, and that tells its own faults from those of
// the disk.
type incoming struct {
	ctx  context.Context
	body io.Reader
	left int64 // bytes that may still come
	err  error
}

func (in *incoming) Read(p []byte) (int, error) {
	if in.err = in.ctx.Err(); in.err != nil {
		return 0, in.err
	}
	n, err := in.body.Read(p)
	in.left -= int64(n)
	switch {
	case in.left < 0:
		in.err = problem.New(problem.TooLarge, "the file is larger than this server takes")
		return 0, in.err
	case err != nil && err != io.EOF:
		in.err = cutShort(err)
		return n, in.err
	}
	return n, err
}

// cutShort tells of a body that ended early, unless its reader knows better.
func cutShort(err error) error {
	if _, told := errors.AsType[*problem.Problem](err); told || errors.Is(err, context.Canceled) {
		return fmt.Errorf("reading the file: %w", err)
	}
	return problem.New(problem.Invalid, "the file is cut short: %w", err).WithHint("send it again")
}
