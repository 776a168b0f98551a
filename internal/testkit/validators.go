package testkit

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"
)

// validators gives each state of a file an ETag and a Last-Modified of its own.
// The file's own time cannot serve: two states that a test writes within one
// second have the same.
type validators struct {
	mu   sync.Mutex
	last map[string]validator // by path
}

type validator struct {
	info     fs.FileInfo
	tag      string
	modified time.Time
}

// of gives the validators of a file that is open at its start, and leaves it
// there.
func (v *validators) of(name string, file *os.File, info fs.FileInfo) (tag string, modified time.Time, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	last, known := v.last[name]
	if known && os.SameFile(last.info, info) && last.info.ModTime().Equal(info.ModTime()) && last.info.Size() == info.Size() {
		return last.tag, last.modified, nil
	}
	if tag, err = tagOf(name, file, info); err != nil {
		return "", time.Time{}, err
	}
	modified = info.ModTime().UTC().Truncate(time.Second)
	switch {
	case known && tag == last.tag:
		modified = last.modified
	case known && !modified.After(last.modified):
		modified = last.modified.Add(time.Second)
	}
	if v.last == nil {
		v.last = map[string]validator{}
	}
	v.last[name] = validator{info, tag, modified}
	return tag, modified, nil
}

// tagOf makes an ETag from the content, or for packages, which never change
// and may be many, from what the file system says.
func tagOf(name string, file *os.File, info fs.FileInfo) (string, error) {
	if strings.HasSuffix(path.Ext(name), "deb") {
		return fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()), nil
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	return fmt.Sprintf(`"%x"`, hash.Sum(nil)[:16]), nil
}
