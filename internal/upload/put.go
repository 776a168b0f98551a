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

// writer is the part of a file that Put needs.
type writer interface {
	io.Writer
	Sync() error
}

// partPrefix starts the names of incomplete files. They are in the top folder, where clients
// never have files.
const partPrefix = ".part-"

// staleAfter is the age of an incomplete file whose server must have been killed.
const staleAfter = time.Hour

// Put stores a file under a name in a directory, which it creates if necessary. The name
// appears when the whole body is on disk, and then replaces an existing file atomically. An
// error changes nothing: an unsafe name is Invalid ("wrong dir", "wrong file"), a body over the
// limit is TooLarge, a truncated one is Invalid, and a full disk is Full.
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
	return size, a.publish(root, part, dir, name)
}

// make opens the folder, creates it if necessary, and deletes the incomplete files of a killed
// server.
func (a *Area) make() (*os.Root, error) {
	if a.folder != "" {
		if err := os.MkdirAll(a.folder, directoryMode); err != nil {
			return nil, a.fault("creating the upload area", err)
		}
	}
	root, err := a.open()
	if err != nil {
		return nil, err
	}
	a.sweep.Do(func() { removeStale(root) })
	return root, nil
}

// removeStale deletes the incomplete files of killed servers. Its errors must not stop an
// upload.
func removeStale(root *os.Root) {
	entries, _ := fs.ReadDir(root.FS(), ".")
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), partPrefix) && info.Mode().IsRegular() && time.Since(info.ModTime()) > staleAfter {
			_ = root.Remove(e.Name())
		}
	}
}

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

// publish renames a file to its final name, durably.
func (a *Area) publish(root *os.Root, part, dir, name string) error {
	if err := a.rename(root, part, dir, name); err != nil {
		return err
	}
	if err := syncDir(root, dir); err != nil {
		return a.fault("storing the name of a file", err)
	}
	return nil
}

// rename moves a file into its directory, which other requests can delete at any time.
func (a *Area) rename(root *os.Root, part, dir, name string) error {
	a.names.Lock()
	defer a.names.Unlock()
	for range 3 {
		err := root.Rename(part, path.Join(dir, name))
		if err == nil {
			return nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return a.fault("renaming the file "+name, err)
		}
		if err := makeDir(root, dir); err != nil {
			return a.fault("creating the directory "+dir, err)
		}
	}
	return problem.New(problem.Conflict, "the directory %s was deleted during the upload", dir)
}

// makeDir creates a directory and its parents, durably.
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

// syncDir flushes the names in a directory, if it still exists.
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

// incoming is a body with a limit. It keeps its own error, to distinguish it from an error of
// the disk.
type incoming struct {
	ctx  context.Context
	body io.Reader
	left int64 // bytes that are still allowed
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
		in.err = problem.New(problem.TooLarge, "the file is larger than this server accepts")
		return 0, in.err
	case err != nil && err != io.EOF:
		in.err = cutShort(err)
		return n, in.err
	}
	return n, err
}

// cutShort returns the error of a truncated body, or the problem of its reader.
func cutShort(err error) error {
	if _, explained := errors.AsType[*problem.Problem](err); explained || errors.Is(err, context.Canceled) {
		return fmt.Errorf("reading the file: %w", err)
	}
	return problem.New(problem.Invalid, "the upload was interrupted: %w", err).WithHint("send it again")
}
