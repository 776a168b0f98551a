package debfile

import (
	"archive/tar"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// tree writes files to a tar file, each folder before its content. After an error it
// writes nothing more.
type tree struct {
	tar     *tar.Writer
	time    time.Time
	folders map[string]bool // everything written, by name; false for files
	err     error
}

// sorted returns the files, ordered by name.
func sorted(files []File) []File {
	byName := slices.Clone(files)
	slices.SortStableFunc(byName, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return byName
}

func (t *tree) add(f File) {
	if t.err != nil {
		return
	}
	if !fs.ValidPath(f.Name) || f.Name == "." || !printable(f.Name) {
		t.err = invalid("%.200q is not a safe relative path", f.Name)
		return
	}
	if _, had := t.folders[f.Name]; had {
		t.err = invalid("%s occurs twice, or as a file and as a folder", f.Name)
		return
	}
	t.parents(f.Name)
	switch f.Mode.Type() {
	case fs.ModeDir:
		t.folder(f.Name, tarMode(f.Mode, 0o755))
	case fs.ModeSymlink:
		t.file(f.Name, &tar.Header{Typeflag: tar.TypeSymlink, Linkname: string(f.Body), Mode: 0o777}, nil)
	case 0:
		t.file(f.Name, &tar.Header{
			Typeflag: tar.TypeReg, Size: int64(len(f.Body)), Mode: tarMode(f.Mode, 0o644),
		}, f.Body)
	default:
		t.err = invalid("%s is not a file, folder or symbolic link", f.Name)
	}
}

// parents writes the missing folders above name.
func (t *tree) parents(name string) {
	for i := range len(name) {
		if name[i] != '/' || t.err != nil {
			continue
		}
		switch folder, had := t.folders[name[:i]]; {
		case had && !folder:
			t.err = invalid("%s is a file, but contains %s", name[:i], path.Base(name))
		case !had:
			t.folder(name[:i], 0o755)
		}
	}
}

func (t *tree) folder(name string, mode int64) {
	t.folders[name] = true
	h := &tar.Header{Typeflag: tar.TypeDir, Mode: mode}
	if name != "" {
		name += "/"
	}
	t.write(name, h, nil)
}

func (t *tree) file(name string, h *tar.Header, body []byte) {
	t.folders[name] = false
	t.write(name, h, body)
}

func (t *tree) write(name string, h *tar.Header, body []byte) {
	if t.err != nil {
		return
	}
	// GNU is the only format with long names that dpkg reads.
	h.Name, h.ModTime, h.Uname, h.Gname, h.Format = "./"+name, t.time, "root", "root", tar.FormatGNU
	if t.err = t.tar.WriteHeader(h); t.err == nil {
		_, t.err = t.tar.Write(body)
	}
}

// tarMode returns the permission bits of a tar header.
func tarMode(mode fs.FileMode, missing int64) int64 {
	bits := int64(mode.Perm())
	if bits == 0 {
		bits = missing
	}
	if mode&fs.ModeSetuid != 0 {
		bits |= 0o4000
	}
	if mode&fs.ModeSetgid != 0 {
		bits |= 0o2000
	}
	if mode&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return bits
}

// printable reports whether a name has no control characters. They would break lists
// of one name per line.
func printable(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}
