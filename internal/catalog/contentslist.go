package catalog

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/problem"
)

// FileList is what a binary package installs: the paths of all that is no folder,
// without a "/" before them, sorted bytewise, each once. It is held compressed,
// at some ten bytes a path. The zero FileList is that of a package whose files
// cannot be read.
type FileList struct{ packed []byte }

// maxFileList bounds the bytes of a list, uncompressed; it is above what
// debfile.Read gives.
const maxFileList = 256 << 20

// PackFiles makes the list of these paths, which may come in any order. A path
// that is empty or has a newline, and a list of more than 256 MiB, are problems of
// kind Invalid and TooLarge.
func PackFiles(paths []string) (FileList, error) {
	paths = slices.Clone(paths)
	slices.Sort(paths)
	paths = slices.Compact(paths)
	size := len(paths)
	for _, p := range paths {
		if p == "" || strings.Contains(p, "\n") {
			return FileList{}, problem.New(problem.Invalid, "%.200q is not the path of a file", p)
		}
		size += len(p)
	}
	if size > maxFileList {
		return FileList{}, problem.New(problem.TooLarge, "the paths of its files have more than %d bytes", maxFileList)
	}
	packed, err := compress.AppendMember([]byte{}, []byte(strings.Join(paths, "\n")), compress.Zstd)
	if err != nil {
		return FileList{}, fmt.Errorf("compressing a list of files: %w", err)
	}
	return FileList{packed}, nil
}

// Readable tells whether anybody knows the files.
func (l FileList) Readable() bool { return l.packed != nil }

// Paths gives the paths, sorted; none if they cannot be read.
func (l FileList) Paths() ([]string, error) {
	if l.packed == nil {
		return nil, nil
	}
	r, err := compress.NewReader(bytes.NewReader(l.packed), compress.Zstd, compress.Limits{MaxOutput: maxFileList, MaxRatio: maxFileList})
	if err != nil {
		return nil, damagedList(err)
	}
	defer r.Close()
	var text strings.Builder
	if _, err := io.CopyBuffer(&text, r, make([]byte, 4<<10)); err != nil { // most lists are short
		return nil, damagedList(err)
	}
	if text.Len() == 0 {
		return nil, nil
	}
	return strings.Split(text.String(), "\n"), nil
}

func damagedList(err error) error {
	return problem.New(problem.Internal, "a stored list of files is damaged: %w", err)
}
