package endpoint

import (
	"io/fs"
	"strings"
	"unicode"

	"github.com/aptarium/aptarium/internal/problem"
)

// The longest path, in bytes, and the longest of its parts. The first is the
// limit of keys in S3 (its user guide, "Naming Amazon S3 objects"), the second
// that of names in the file systems of Linux (limits.h, NAME_MAX).
const (
	MaxPath = 1024
	MaxPart = 255
)

// CheckPath checks the path of a file below an endpoint's root: a [fs.ValidPath] other than ".",
// without control characters and without parts that start with ".", which endpoints reserve. The error
// is a [problem.Invalid].
func CheckPath(path string) error {
	refuse := func(why string) error {
		return problem.New(problem.Invalid, "%.200q cannot be deployed: %s", path, why).In("path").
			WithHint("paths are relative, with plain names between single slashes")
	}
	switch {
	case len(path) > MaxPath:
		return refuse("it is too long")
	case !fs.ValidPath(path) || path == ".":
		return refuse("it is no path below the root")
	case strings.ContainsFunc(path, unicode.IsControl):
		return refuse("it has a control character")
	}
	for part := range strings.SplitSeq(path, "/") {
		if part[0] == '.' {
			return refuse("a part of it begins with a dot")
		}
		if len(part) > MaxPart {
			return refuse("a part of it is too long")
		}
	}
	return nil
}

// Check checks a file: its path, size, time, digest and content. The error is a [problem.Invalid].
func Check(f File) error {
	if err := CheckPath(f.Path); err != nil {
		return err
	}
	if f.Like != "" {
		if err := CheckPath(f.Like); err != nil {
			return err
		}
	}
	refuse := func(why string) error {
		return problem.New(problem.Invalid, "%s cannot be deployed: %s", f.Path, why).In(f.Path)
	}
	switch {
	case f.Size < 0:
		return refuse("its size is negative")
	case f.SHA256.IsZero():
		return refuse("its digest is not known")
	case f.Modified.Nanosecond() != 0 || f.Modified.Unix() <= 0:
		return refuse("its time is not a whole second after 1970")
	case f.Like == f.Path:
		return refuse("it is said to be like itself")
	case f.Open == nil:
		return refuse("its bytes are nowhere to be had")
	}
	return nil
}

// CheckStages checks all files of stages: with [Check], for repeated paths, and for files that are
// Like another file with other bytes. The error is a [problem.Invalid].
func CheckStages(stages []Stage) error {
	named := make(map[string]*File, Count(stages))
	for _, stage := range stages {
		for i := range stage {
			f := &stage[i]
			if err := Check(*f); err != nil {
				return err
			}
			if named[f.Path] != nil {
				return problem.New(problem.Invalid, "%s occurs twice in one deploy", f.Path).In(f.Path)
			}
			named[f.Path] = f
		}
	}
	for _, f := range named {
		like := named[f.Like]
		if like != nil && (like.SHA256 != f.SHA256 || like.Size != f.Size) {
			return problem.New(problem.Invalid, "%s is like %s according to the manifest, but their bytes differ", f.Path, f.Like).In(f.Path)
		}
	}
	return nil
}

// Count returns the number of files of all stages.
func Count(stages []Stage) (files int) {
	for _, stage := range stages {
		files += len(stage)
	}
	return files
}
